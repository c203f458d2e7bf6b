import { describe, expect, test } from "@jest/globals";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { parseRecipients } from "../../../contract/recipient.ts";
import { sshBlob } from "../../../contract/ssh-recipient.ts";

const classic = await identityToRecipient(await generateX25519Identity());
const postQuantum = await identityToRecipient(await generateHybridIdentity());

function line(type: string, ...fields: readonly Buffer[]): string {
  return `${type} ${sshBlob(type, ...fields).toString("base64")}`;
}

function ed25519(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  return line("ssh-ed25519", Buffer.from(x, "base64url"));
}

function rsa(bits: number, change = (modulus: Buffer) => modulus): string {
  const { n = "", e = "" } = createPublicKey(
    generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "pem", type: "spki" }),
  ).export({ format: "jwk" });
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, "base64url")]);
  return line("ssh-rsa", Buffer.from(e, "base64url"), change(modulus));
}

const [edKey, rsaKey] = [ed25519(), rsa(2048)];

/** 32 bytes with these first ones. */
function point(...bytes: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(bytes), Buffer.alloc(32 - bytes.length)]);
}

test.each([
  ["one", classic, [classic]],
  ["several, with blanks and an end that is empty", ` ${classic} ,${edKey}, `, [classic, edKey]],
  ["lines", `${edKey}\n${rsaKey}\n`, [edKey, rsaKey]],
  ["SSH keys with comments, which do not stay", `${edKey} ops@example.com, ${rsaKey}\tthe vault`, [edKey, rsaKey]],
  ["post-quantum ones", `${postQuantum},${postQuantum}`, [postQuantum, postQuantum]],
])("takes %s", (_, text, recipients) => {
  expect(parseRecipients(text)).toEqual({ value: recipients });
});

test.each([
  ["nothing", " , ", "recipient-missing"],
  ["post-quantum ones beside classic ones", `${postQuantum},${classic}`, "recipients-mixed"],
  ["post-quantum ones beside SSH keys", `${edKey},${postQuantum}`, "recipients-mixed"],
])("refuses %s by a code of its own", (_, text, code) => {
  expect(parseRecipients(text)).toMatchObject({ code });
});

describe("refuses", () => {
  const blob = Buffer.from(edKey.split(" ")[1] ?? "", "base64");
  const short = (bytes: Buffer) => `ssh-ed25519 ${bytes.toString("base64")}`;

  test.each([
    ["a word", "ops", /Only age1…, age1pq1…, ssh-ed25519 … and ssh-rsa … keys/],
    [
      "an age key with a typing error",
      `${classic.slice(0, -1)}${classic.endsWith("q") ? "p" : "q"}`,
      /It cannot be read/,
    ],
    ["a secret key of age", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQ", /revoke it/],
    ["a secret key of SSH", "-----BEGIN OPENSSH PRIVATE KEY-----", /revoke it/],
    [
      "an ECDSA key",
      `ecdsa-sha2-nistp256 ${sshBlob("ecdsa-sha2-nistp256").toString("base64")}`,
      /type ecdsa-sha2-nistp256 /,
    ],
    ["a key in hardware", `sk-ssh-ed25519@openssh.com AAAA ops`, /type sk-ssh-ed25519@openssh\.com cannot/],
    ["a certificate", `ssh-ed25519-cert-v01@openssh.com AAAA`, /type ssh-ed25519-cert-v01@openssh\.com cannot/],
    ["a DSA key", `ssh-dss AAAA`, /type ssh-dss cannot/],
    ["options", `no-pty ${edKey}`, /Options before an SSH key/],
    ["a key without its base64", "ssh-ed25519", /damaged or incomplete/],
    ["a key whose base64 was cut", edKey.slice(0, -4), /damaged or incomplete/],
    ["a key in base64 of another kind", edKey.replace("AAAA", "A-_A"), /damaged or incomplete/],
    ["a key whose bytes were cut", short(blob.subarray(0, -3)), /damaged or incomplete/],
    ["a key that something follows", short(Buffer.concat([blob, sshBlob("x")])), /damaged or incomplete/],
    ["a key of another type inside", `ssh-rsa ${edKey.split(" ")[1] ?? ""}`, /damaged or incomplete/],
    ["a point that is not on the curve", line("ssh-ed25519", point(2)), /damaged or incomplete/],
    ["the neutral point", line("ssh-ed25519", point(1)), /damaged or incomplete/],
    ["a point of small order", line("ssh-ed25519", point(0)), /damaged or incomplete/],
    ["a point of 31 bytes", line("ssh-ed25519", Buffer.alloc(31, 9)), /damaged or incomplete/],
    ["an RSA key of 1024 bits", rsa(1024), /has 1024 bits; 2048 to 16384/],
    ["an RSA key with a needless zero", rsa(2048, (n) => Buffer.concat([Buffer.alloc(1), n])), /damaged/],
    ["an RSA key that is negative", rsa(2048, (n) => n.subarray(1)), /damaged/],
    ["an RSA key that is even", rsa(2048, (n) => Buffer.concat([n.subarray(0, -1), Buffer.from([2])])), /damaged/],
  ])("%s", (_, text, problem) => {
    expect(parseRecipients(`${classic},${text}`)).toMatchObject({ problem: expect.stringMatching(problem) });
  });

  test("and never quotes a secret key", () => {
    const reading = parseRecipients("AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQ");

    expect(JSON.stringify(reading)).not.toContain("1QQQ");
  });
});

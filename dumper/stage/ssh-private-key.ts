import { createHash, createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Reading } from "../../contract/diagnostic.ts";
import { parseSshKey, sshBlob, type SshKey, takeFields } from "../../contract/ssh-recipient.ts";
import { privateKeyOf, x25519Bytes } from "./x25519.ts";

/** An SSH key with its secret half: for `ssh-ed25519` that of X25519, with which age works. */
export interface SshPrivateKey {
  readonly key: SshKey;
  readonly privateKey: KeyObject;
}

const magic = "openssh-key-v1\0";
const passphrase = "It is protected by a passphrase; give a copy without one (ssh-keygen -p -N '' -f <copy>).";
const damaged = "It is a damaged or incomplete private key.";

/** Whether the text is meant as a private key file of SSH, or in PEM. */
export function isPrivateKeyFile(text: string): boolean {
  return text.trimStart().startsWith("-----BEGIN ");
}

/** Reads a private key file as ssh-keygen writes it, in OpenSSH's format or in PEM. */
export function parseSshPrivateKey(text: string): Reading<SshPrivateKey> {
  const [, label = "", body = ""] = /-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----/s.exec(text) ?? [];
  if ((label + body).includes("ENCRYPTED")) return { problem: passphrase };
  try {
    const opened =
      label === "OPENSSH PRIVATE KEY"
        ? openSshKey(Buffer.from(body, "base64"))
        : { value: createPrivateKey(text.trim()) };
    return "value" in opened ? withPublicHalf(opened.value) : opened;
  } catch {
    return { problem: damaged }; // Node's error tells no more
  }
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function openSshKey(bytes: Buffer): Reading<KeyObject> {
  const head = takeFields(bytes.subarray(magic.length), 3);
  if (head === null || bytes.subarray(0, magic.length).toString("latin1") !== magic) return { problem: damaged };
  if (head.fields[0]?.toString() !== "none") return { problem: passphrase };
  const countBytes = 4;
  const [, secret = Buffer.alloc(0)] = takeFields(head.rest.subarray(countBytes), 2)?.fields ?? [];
  const checkBytes = 8; // twice the same number, which tells a wrong passphrase
  const start = takeFields(secret.subarray(checkBytes), 1);
  const type = start?.fields[0]?.toString();
  // A comment and padding follow the numbers.
  const numbers = (count: number) => takeFields(start?.rest ?? Buffer.alloc(0), count)?.fields ?? [];
  switch (type) {
    case "ssh-ed25519":
      return keyOf(ed25519Jwk(numbers(2)));
    case "ssh-rsa":
      return keyOf(rsaJwk(numbers(6)));
    default:
      return { problem: type === undefined ? damaged : unsupported(type) };
  }
}

function keyOf(jwk: JsonWebKey): Reading<KeyObject> {
  return { value: createPrivateKey({ key: jwk, format: "jwk" }) };
}

function ed25519Jwk([point, secret]: readonly Buffer[]): JsonWebKey {
  const seed = secret?.subarray(0, x25519Bytes);
  return { kty: "OKP", crv: "Ed25519", ...encoded({ x: point, d: seed }) };
}

function rsaJwk([n, e, d, qi, p, q]: readonly Buffer[]): JsonWebKey {
  const [exponent, dp, dq] = [numberOf(d), numberOf(p) - 1n, numberOf(q) - 1n];
  const [dpBytes, dqBytes] = [bytesOf(exponent % dp), bytesOf(exponent % dq)];
  return { kty: "RSA", ...encoded({ n, e, d, p, q, qi, dp: dpBytes, dq: dqBytes }) };
}

function encoded(fields: Readonly<Record<string, Buffer | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, bytes]) => [name, (bytes ?? Buffer.alloc(0)).toString("base64url")]),
  );
}

function numberOf(bytes: Buffer | undefined): bigint {
  return BigInt(`0x${bytes?.toString("hex") ?? ""}`);
}

function bytesOf(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

/** The public half decides whether a key can be used, as it does for a recipient. */
function withPublicHalf(secret: KeyObject): Reading<SshPrivateKey> {
  const { e = "", n = "", x = "", d = "" } = secret.export({ format: "jwk" });
  switch (secret.asymmetricKeyType) {
    case "rsa": {
      const reading = parsePublic(
        "ssh-rsa",
        [bytesOf(numberOf(unencoded(e))), bytesOf(numberOf(unencoded(n)))].map(signed),
      );
      return "value" in reading ? { value: { key: reading.value, privateKey: secret } } : reading;
    }
    case "ed25519": {
      const reading = parsePublic("ssh-ed25519", [unencoded(x)]);
      const scalar = createHash("sha512").update(unencoded(d)).digest().subarray(0, x25519Bytes);
      return "value" in reading ? { value: { key: reading.value, privateKey: privateKeyOf(scalar) } } : reading;
    }
    default:
      return { problem: unsupported(secret.asymmetricKeyType ?? "unknown") };
  }
}

function parsePublic(type: string, fields: readonly Buffer[]): Reading<SshKey> {
  return parseSshKey(`${type} ${sshBlob(type, ...fields).toString("base64")}`);
}

/** A positive number begins with a bit that is not set. */
function signed(number: Buffer): Buffer {
  return (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), number]) : number;
}

function unencoded(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

function unsupported(type: string): string {
  return `It is of the type ${type}; only ssh-ed25519 and ssh-rsa keys are taken.`;
}

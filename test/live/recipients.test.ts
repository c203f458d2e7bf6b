import { beforeAll, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { parseRecipients } from "../../contract/recipient.ts";
import { parseIdentities } from "../../dumper/restore/identity.ts";
import { decrypted } from "../../dumper/stage/decrypt.ts";
import { encrypted } from "../../dumper/stage/encrypt.ts";
import { agePrograms, type AgePrograms } from "../bed/age.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";

/** Larger than a chunk of age, which has 64 KiB. */
const plain = randomBytes(200_000);

let programs: AgePrograms;
let work: string;

beforeAll(async () => {
  await ensureDebianPackages(["openssh-client"]);
  programs = await agePrograms();
  work = await mkdtemp(join(tmpdir(), "ksnapshot-recipients-"));
}, 900_000);

/** A key as a user makes it: the file of the identity, and the recipient. */
interface KeyPair {
  readonly identityFile: string;
  readonly recipient: string;
}

async function ageKey(...args: readonly string[]): Promise<KeyPair> {
  const identityFile = join(work, randomBytes(4).toString("hex"));
  await run(programs.keygen, [...args, "-o", identityFile]);
  const recipient = (await run(programs.keygen, ["-y", identityFile])).trim();
  return { identityFile, recipient };
}

async function sshKey(...args: readonly string[]): Promise<KeyPair> {
  const identityFile = join(work, randomBytes(4).toString("hex"));
  await run("ssh-keygen", ["-q", "-N", "", "-C", "ops at home", ...args, "-f", identityFile]);
  return { identityFile, recipient: (await readFile(`${identityFile}.pub`, "utf8")).trim() };
}

async function encryptedFor(recipients: string): Promise<Buffer> {
  const reading = parseRecipients(recipients);
  if ("problem" in reading) throw new Error(reading.problem);
  return buffer(encrypted(chunks(plain), reading.value));
}

async function decryptedWith(identityFile: string, bytes: Buffer): Promise<Buffer> {
  const reading = parseIdentities(await readFile(identityFile, "utf8"));
  if ("problem" in reading) throw new Error(reading.problem);
  return buffer(decrypted(chunks(bytes), reading.value));
}

async function decryptedByAge(identityFile: string, bytes: Buffer): Promise<Buffer> {
  const [input, output] = [join(work, "in.age"), join(work, "out")];
  await writeFile(input, bytes);
  await run(programs.age, ["-d", "-i", identityFile, "-o", output, input]);
  return readFile(output);
}

async function encryptedByAge(recipient: string): Promise<Buffer> {
  const [input, output] = [join(work, "in"), join(work, "out.age")];
  await writeFile(input, plain);
  await run(programs.age, ["-r", recipient, "-o", output, input]);
  return readFile(output);
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let start = 0; start < bytes.length; start += 50_000) yield bytes.subarray(start, start + 50_000);
}

const kinds: readonly (readonly [string, () => Promise<KeyPair>])[] = [
  ["X25519", () => ageKey()],
  ["hybrid post-quantum", () => ageKey("-pq")],
  ["ssh-ed25519", () => sshKey("-t", "ed25519")],
  ["ssh-rsa of 2048 bits", () => sshKey("-t", "rsa", "-b", "2048")],
  ["ssh-rsa of 4096 bits", () => sshKey("-t", "rsa", "-b", "4096")],
  ["ssh-rsa in PEM", () => sshKey("-t", "rsa", "-b", "3072", "-m", "PEM")],
  ["ssh-rsa in PKCS #8", () => sshKey("-t", "rsa", "-b", "3072", "-m", "PKCS8")],
];

test.each(kinds)(
  "what is encrypted for %s is decrypted by age, and the other way round",
  async (_, generate) => {
    const { identityFile, recipient } = await generate();

    const ours = await encryptedFor(recipient);
    const theirs = await encryptedByAge(recipient);

    expect(ours.includes(plain.subarray(0, 32))).toBe(false);
    expect((await decryptedByAge(identityFile, ours)).equals(plain)).toBe(true);
    expect((await decryptedWith(identityFile, ours)).equals(plain)).toBe(true);
    expect((await decryptedWith(identityFile, theirs)).equals(plain)).toBe(true);
  },
  120_000,
);

test("each of several recipients decrypts, and nobody else", async () => {
  const keys = await Promise.all([ageKey(), sshKey("-t", "ed25519"), sshKey("-t", "ed25519"), sshKey("-t", "rsa")]);
  const [stranger, sshStranger] = [await ageKey(), await sshKey("-t", "ed25519")];

  const file = await encryptedFor(keys.map(({ recipient }) => recipient).join(","));

  for (const { identityFile } of keys) {
    expect((await decryptedByAge(identityFile, file)).equals(plain)).toBe(true);
    expect((await decryptedWith(identityFile, file)).equals(plain)).toBe(true);
  }
  for (const { identityFile } of [stranger, sshStranger]) {
    await expect(decryptedByAge(identityFile, file)).rejects.toThrow(/no identity matched/);
    await expect(decryptedWith(identityFile, file)).rejects.toMatchObject({ code: "encryption" });
  }
}, 120_000);

test("what was changed on the way is not decrypted", async () => {
  const { identityFile, recipient } = await sshKey("-t", "ed25519");
  const file = await encryptedFor(recipient);
  const change = (position: number) => {
    const changed = Buffer.from(file);
    changed[position] = (changed[position] ?? 0) ^ 1;
    return changed;
  };

  for (const position of [file.indexOf("ssh-ed25519") + 30, file.length - 100]) {
    await expect(decryptedWith(identityFile, change(position))).rejects.toThrow();
  }
}, 60_000);

describe("an identity", () => {
  test("with a passphrase is refused with what to do", async () => {
    for (const args of [["ed25519"], ["rsa"], ["rsa", "-m", "PEM"], ["rsa", "-m", "PKCS8"]]) {
      const { identityFile } = await sshKey("-N", "correct horse", "-t", ...args);

      expect(parseIdentities(await readFile(identityFile, "utf8"))).toMatchObject({
        problem: expect.stringMatching(/passphrase; give a copy without one/),
      });
    }
  }, 60_000);

  test.each([
    ["ecdsa", /of the type ecdsa-sha2-nistp256; only ssh-ed25519 and ssh-rsa/],
    ["ecdsa -m PEM", /of the type ec; only ssh-ed25519 and ssh-rsa/],
    ["rsa -b 1024", /has 1024 bits/],
  ])("of %s is refused", async (args, problem) => {
    const { identityFile } = await sshKey("-t", ...args.split(" "));

    expect(parseIdentities(await readFile(identityFile, "utf8"))).toMatchObject({
      problem: expect.stringMatching(problem),
    });
  });

  test("that is damaged, or public, is refused", async () => {
    const { identityFile, recipient } = await sshKey("-t", "ed25519");
    const text = await readFile(identityFile, "utf8");

    for (const broken of [text.slice(0, 200), text.replace(/\n.{20}/, "\n"), text.replace("OPENSSH ", ""), recipient]) {
      expect(parseIdentities(broken)).toMatchObject({ problem: expect.any(String) });
    }
  });
});

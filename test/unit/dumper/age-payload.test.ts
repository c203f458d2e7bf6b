import { describe, expect, test } from "@jest/globals";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { parseRecipients } from "../../../contract/recipient.ts";
import { Secret } from "../../../contract/secret.ts";
import { decrypted } from "../../../dumper/stage/decrypt.ts";
import { encrypted } from "../../../dumper/stage/encrypt.ts";

const chunk = 64 * 1024;
const sealedChunk = chunk + 16;
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function ours(plain: Buffer, size: number): Promise<Buffer> {
  const recipients = parseRecipients(recipient);
  if ("problem" in recipients) throw new Error(recipients.problem);
  return buffer(encrypted(pieces(plain, size), recipients.value));
}

async function theirs(plain: Buffer): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(plain));
}

function opened(file: Buffer, size = 10_000): Promise<Buffer> {
  return buffer(decrypted(pieces(file, size), [new Secret(identity)]));
}

describe.each([0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1])("a file of %i bytes", (length) => {
  const plain = randomBytes(length);

  test.each([1_000, chunk, 3 * chunk])("encrypted in pieces of %i bytes is read by the library", async (size) => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);

    const file = await ours(plain, size);

    expect(Buffer.from(await decrypter.decrypt(file)).equals(plain)).toBe(true);
  });

  test.each([1, 1_000, sealedChunk])("of the library is read in pieces of %i bytes", async (size) => {
    expect((await opened(await theirs(plain), length > 1 && size === 1 ? 7 : size)).equals(plain)).toBe(true);
  });

  test("that is cut off anywhere is refused", async () => {
    const file = await ours(plain, chunk);
    const cuts = [1, 16, 17, sealedChunk, file.length - 10].filter((cut) => cut < file.length);

    for (const cut of cuts) await expect(opened(file.subarray(0, -cut))).rejects.toThrow(/cut off/);
    await expect(opened(Buffer.concat([file, Buffer.alloc(1)]))).rejects.toThrow(/were changed/);
  });
});

test("chunks that change places are refused", async () => {
  const file = await ours(randomBytes(3 * chunk), chunk);
  const start = file.length - 3 * sealedChunk;
  const [first, second] = [file.subarray(start, start + sealedChunk), file.subarray(start + sealedChunk, -sealedChunk)];

  const swapped = Buffer.concat([file.subarray(0, start), second, first, file.subarray(-sealedChunk)]);

  await expect(opened(swapped)).rejects.toThrow(/were changed/);
});

test("what is no age file is refused in words", async () => {
  await expect(opened(Buffer.from("PGDMP"))).rejects.toThrow("it is not an age file, or its header is cut off");
});

import { Decrypter, type Identity } from "age-encryption";
import type { Secret } from "../../contract/secret.ts";
import { messageOf, RunFailed } from "../failure.ts";
import { openedPayload, payloadNonceBytes } from "./age-payload.ts";
import { isPrivateKeyFile, parseSshPrivateKey } from "./ssh-private-key.ts";
import { sshIdentity } from "./ssh-stanza.ts";

/**
 * The plain bytes of an age file.
 * @param identities age's secret keys, and whole private key files of SSH
 * @throws {RunFailed} when no identity fits; {Error} when the file is damaged
 */
export async function* decrypted(source: AsyncIterable<Buffer>, identities: readonly Secret[]): AsyncGenerator<Buffer> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identityOf(identity.reveal()));
  const chunks = source[Symbol.asyncIterator]();
  try {
    const { header, nonce, rest } = await readHead(chunks);
    const payload = payloadAfter(rest, chunks);
    yield* openedPayload(payload, await unwrapped(decrypter, header), nonce);
  } finally {
    await chunks.return?.();
  }
}

function identityOf(text: string): string | Identity {
  if (!isPrivateKeyFile(text)) return text;
  const reading = parseSshPrivateKey(text);
  if ("problem" in reading) throw new RunFailed("encryption", reading.problem, { remedy: "give another identity" });
  return sshIdentity(reading.value);
}

interface Head {
  readonly header: Buffer;
  readonly nonce: Buffer;
  /** The first bytes of the payload's chunks. */
  readonly rest: Buffer;
}

/** A header has a few hundred bytes for each recipient; more than this is none. */
const mostHeaderBytes = 2 ** 20;
/** What begins its last line: https://c2sp.org/age#file-format */
const macLine = "\n--- ";

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Head> {
  let head = Buffer.alloc(0);
  while (head.length < mostHeaderBytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
    const mac = head.indexOf(macLine);
    const end = mac === -1 ? -1 : head.indexOf("\n", mac + macLine.length) + 1;
    if (end > 0 && head.length >= end + payloadNonceBytes) {
      const payload = end + payloadNonceBytes;
      return { header: head.subarray(0, end), nonce: head.subarray(end, payload), rest: head.subarray(payload) };
    }
  }
  throw new Error("it is not an age file, or its header is cut off");
}

async function unwrapped(decrypter: Decrypter, header: Buffer): Promise<Uint8Array> {
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    const remedy = "give the identity of one of the snapshot's recipients by --identity";
    throw new RunFailed("encryption", `decryption failed: ${messageOf(error)}`, { remedy, cause: error });
  }
}

async function* payloadAfter(rest: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield rest;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

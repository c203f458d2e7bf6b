// The payload of an age file: a nonce, and then chunks of 64 KiB that are sealed one by one (https://c2sp.org/age#payload).
// Node's cipher takes a ninth of the CPU that age-encryption's, in JavaScript, does.
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

const plainBytes = 64 * 1024;
export const tagBytes = 16;
const keyBytes = 32;
const cipherName = "chacha20-poly1305";

export const payloadNonceBytes = 16;

/** The payload but for its nonce. @param payloadNonce random, and of this payload alone */
export function sealedPayload(
  source: AsyncIterable<Buffer>,
  fileKey: Uint8Array,
  payloadNonce: Buffer,
): AsyncGenerator<Buffer> {
  const key = payloadKey(fileKey, payloadNonce);
  return chunkwise(source, plainBytes, (plain, nonce) => {
    const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
    return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  });
}

/** The plain bytes of a payload. @throws {Error} when it is not whole, or was changed */
export function openedPayload(
  source: AsyncIterable<Buffer>,
  fileKey: Uint8Array,
  payloadNonce: Buffer,
): AsyncGenerator<Buffer> {
  const key = payloadKey(fileKey, payloadNonce);
  return chunkwise(source, plainBytes + tagBytes, (sealed, nonce, isFirst) => {
    if (sealed.length < tagBytes) throw damaged();
    const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const plain = decipher.update(sealed.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch (error) {
      throw damaged(error);
    }
    if (plain.length === 0 && !isFirst) throw damaged(); // only the one chunk of an empty file may be empty
    return [plain];
  });
}

/** Works on each chunk with its nonce: a counter of 11 bytes, and whether it is the last one. */
async function* chunkwise(
  source: AsyncIterable<Buffer>,
  length: number,
  work: (chunk: Buffer, nonce: Buffer, isFirst: boolean) => readonly Buffer[],
): AsyncGenerator<Buffer> {
  const nonce = Buffer.alloc(12);
  const chunks = new Chunks(length);
  let count = 0;
  for await (const bytes of source) {
    for (const chunk of chunks.cut(bytes)) {
      yield* work(chunk, nonce, count === 0);
      nonce.writeUIntBE(++count, 5, 6);
    }
  }
  nonce[11] = 1;
  yield* work(chunks.last(), nonce, count === 0);
}

function payloadKey(fileKey: Uint8Array, payloadNonce: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, payloadNonce, "payload", keyBytes));
}

function damaged(cause?: unknown): Error {
  return new Error("the encrypted bytes are cut off or were changed", { cause });
}

/** Cuts bytes into chunks of one length. A full one is kept until there are more bytes: it may be the last. */
class Chunks {
  readonly #memory: Buffer;
  #filled = 0;

  constructor(length: number) {
    this.#memory = Buffer.allocUnsafeSlow(length);
  }

  *cut(bytes: Buffer): Generator<Buffer> {
    for (let taken = 0; taken < bytes.length;) {
      if (this.#filled === this.#memory.length) {
        yield this.#memory;
        this.#filled = 0;
      }
      const copied = bytes.copy(this.#memory, this.#filled, taken);
      this.#filled += copied;
      taken += copied;
    }
  }

  last(): Buffer {
    return this.#memory.subarray(0, this.#filled);
  }
}

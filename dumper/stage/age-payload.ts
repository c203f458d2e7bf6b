// The payload of an age file: a nonce, and then chunks of 64 KiB that are sealed one by one (https://c2sp.org/age#payload).
// Node's cipher takes a ninth of the CPU that age-encryption's, in JavaScript, does.
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

const plainBytes = 64 * 1024;
const tagBytes = 16;
const keyBytes = 32;
const cipherName = "chacha20-poly1305";

export const payloadNonceBytes = 16;

/** The payload but for its nonce. @param payloadNonce random, and of this payload alone */
export async function* sealedPayload(
  source: AsyncIterable<Buffer>,
  fileKey: Uint8Array,
  payloadNonce: Buffer,
): AsyncGenerator<Buffer> {
  const key = payloadKey(fileKey, payloadNonce);
  const nonces = new ChunkNonces();
  const chunks = new Chunks(plainBytes);
  const seal = (plain: Buffer, isLast: boolean) => {
    const cipher = createCipheriv(cipherName, key, nonces.next(isLast), { authTagLength: tagBytes });
    return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  };
  for await (const bytes of source) for (const chunk of chunks.cut(bytes)) yield* seal(chunk, false);
  yield* seal(chunks.last(), true);
}

/** The plain bytes of a payload. @throws {Error} when it is not whole, or was changed */
export async function* openedPayload(
  source: AsyncIterable<Buffer>,
  fileKey: Uint8Array,
  payloadNonce: Buffer,
): AsyncGenerator<Buffer> {
  const key = payloadKey(fileKey, payloadNonce);
  const nonces = new ChunkNonces();
  const chunks = new Chunks(plainBytes + tagBytes);
  const open = (sealed: Buffer, isLast: boolean) => {
    if (sealed.length < tagBytes) throw damaged();
    const decipher = createDecipheriv(cipherName, key, nonces.next(isLast), { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const plain = decipher.update(sealed.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch (error) {
      throw damaged(error);
    }
    return plain;
  };
  for await (const bytes of source) for (const chunk of chunks.cut(bytes)) yield open(chunk, false);
  const last = open(chunks.last(), true);
  if (last.length === 0 && nonces.count > 1) throw damaged(); // only the one chunk of an empty file may be empty
  yield last;
}

function payloadKey(fileKey: Uint8Array, payloadNonce: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, payloadNonce, "payload", keyBytes));
}

function damaged(cause?: unknown): Error {
  return new Error("the encrypted bytes are cut off or were changed", { cause });
}

/** A counter of the chunks in 11 bytes, and whether it is the last one. */
class ChunkNonces {
  readonly #nonce = Buffer.alloc(12);
  count = 0;

  next(isLast: boolean): Buffer {
    this.#nonce.writeUIntBE(this.count++, 5, 6);
    this.#nonce[11] = Number(isLast);
    return this.#nonce;
  }
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

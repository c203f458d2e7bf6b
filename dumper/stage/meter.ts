import { createHash } from "node:crypto";

/** Counts and hashes the bytes that pass. */
export class Meter {
  #bytes = 0;
  readonly #hash = createHash("sha256");

  async *measure(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** What has passed in all; to be asked once, after the last byte. `sha256` is in hexadecimal. */
  reading(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

import type { Progress } from "../progress.ts";

/** How much of a dump's beginning and end is kept: the versions stand in the one, the end mark in the other. */
export const edgeBytes = 4096;

/** What is known of a dump that has passed by. */
export interface Seen {
  readonly bytes: number;
  /** At most the first and last 4 KiB, one character for each byte. */
  readonly head: string;
  readonly tail: string;
}

/** Passes bytes on, and remembers what {@link Seen} needs. */
export class Witness {
  #bytes = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  async *watch(source: AsyncIterable<Buffer>, progress?: Progress): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      if (progress !== undefined) progress.dumpBytes += chunk.length;
      if (this.#head.length < edgeBytes) {
        this.#head = Buffer.concat([this.#head, chunk.subarray(0, edgeBytes - this.#head.length)]);
      }
      const last = chunk.subarray(-edgeBytes);
      this.#tail = Buffer.concat([this.#tail.subarray(last.length - edgeBytes), last]).subarray(-edgeBytes);
      yield chunk;
    }
  }

  seen(): Seen {
    return { bytes: this.#bytes, head: this.#head.toString("latin1"), tail: this.#tail.toString("latin1") };
  }
}

/** Doubled until what is to be held fits. */
const firstBytes = 64 * 1024;

/** Memory that is used again and again: 200 pages a second would leave more behind than is collected in time. */
export class PageMemory {
  #memory = Buffer.allocUnsafeSlow(firstBytes);

  /** At least so many bytes. What was taken before is no longer valid, but for the first `kept` bytes, which are in it. */
  take(bytes: number, kept = 0): Buffer {
    if (bytes > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(this.#memory.length * 2, maxSpareBytes + bytes)));
      this.#memory.copy(larger, 0, 0, kept);
      this.#memory = larger;
    }
    return this.#memory;
  }
}

/** A single document may take 100 MiB: twice that would be too much. */
const maxSpareBytes = 8 * 2 ** 20;

/** A stream that is given fewer bytes than this asks for the next before it has passed them on. */
const passedOnBytes = 256 * 1024;

/** Two of them in turn: the lines of one page are on their way while those of the next are made. */
export class LineMemory {
  #current = new PageMemory();
  #other = new PageMemory();

  next(): PageMemory {
    [this.#current, this.#other] = [this.#other, this.#current];
    return this.#current;
  }

  /** Lines as they may be given away, to someone who has passed them on when the next are asked for. */
  safe(lines: Buffer): Buffer {
    return lines.length < passedOnBytes ? Buffer.from(lines) : lines;
  }
}

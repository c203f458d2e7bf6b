import type { Readable } from "node:stream";

/** A line that is longer is none that is waited for. */
const longestLine = 200;

/** What psql writes to its stdout, line by line; only lines that are waited for are looked at. */
export class Answers {
  readonly #ended: Promise<unknown>;
  #heed: (line: string) => void = () => null;
  #line = "";

  /** @param ended when psql has ended, and nothing comes any more */
  constructor(stdout: Readable, ended: Promise<unknown>) {
    this.#ended = ended;
    stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#line + text).split("\n");
      this.#line = (lines.pop() ?? "").slice(0, longestLine);
      for (const line of lines) this.#heed(line);
    });
  }

  /** Whether the line comes before the other one, which always comes unless psql ends: then it is not there. */
  async until(line: string, end: string): Promise<boolean> {
    let isThere = false;
    const seen = new Promise<boolean>((resolve) => {
      this.#heed = (one) => {
        isThere ||= one === line;
        if (one === end) resolve(isThere);
      };
    });
    return Promise.race([seen, this.#ended.then(() => false)]);
  }
}

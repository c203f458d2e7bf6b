import { RunFailed } from "../../failure.ts";

/** How many documents were to come from each index, and how many came. */
export class DocumentCount {
  readonly #expected = new Map<string, number>();
  readonly #read = new Map<string, number>();

  /** Adds to what is to come. */
  expect(index: string, documents: number): void {
    this.#expected.set(index, (this.#expected.get(index) ?? 0) + documents);
  }

  /** Adds what came, by index. */
  add(counts: ReadonlyMap<string, number>): void {
    for (const [index, documents] of counts) this.#read.set(index, (this.#read.get(index) ?? 0) + documents);
  }

  /** @throws {RunFailed} that names every index of which more or fewer came */
  check(): void {
    const names = [...new Set([...this.#expected.keys(), ...this.#read.keys()])].sort();
    const wrong = names.filter((name) => (this.#expected.get(name) ?? 0) !== (this.#read.get(name) ?? 0));
    if (wrong.length === 0) return;
    const told = wrong.map((name) => `${this.#read.get(name) ?? 0} of the ${this.#expected.get(name) ?? 0} of ${name}`);
    const problem = `the documents that came are not those that the server counted: ${told.join(", ")}`;
    throw new RunFailed("source", problem, { remedy: "run again; look at the server's log when it happens again" });
  }
}

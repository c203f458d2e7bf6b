import { printable } from "../../contract/printable.ts";
import { messageOf, RunFailed } from "../failure.ts";
import type { RestoreReport } from "./report.ts";

/** Of documents that the server does not take, so many are listed one by one. */
const documentsTold = 100;

const refusedRemedy =
  "the mapping of the index takes it no more, or the target's cluster is older or has a template that changes the index: make the index in the target with a mapping that takes it and add --into-non-empty, or add --keep-going, which leaves it out and lists it";

/** What a restore leaves out and passes over, gathered on the way. */
export class SearchReport {
  readonly #keepGoing: boolean;
  readonly #notes: string[] = [];
  readonly #failed: string[] = [];
  readonly #refused: string[] = [];
  readonly #refusedMore = new Map<string, number>();
  readonly #withoutSource = new Map<string, number>();

  constructor(keepGoing: boolean) {
    this.#keepGoing = keepGoing;
  }

  /** Whether the restore goes on past what the server does not take. */
  get keepsGoing(): boolean {
    return this.#keepGoing;
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Tells what was not made. @throws the error itself, unless the restore goes on */
  fail(error: RunFailed): void {
    if (!this.#keepGoing) throw error;
    this.#failed.push(messageOf(error));
  }

  /** Tells of a document that the server does not take. @throws {RunFailed} unless the restore goes on */
  refuse(index: string, problem: string): void {
    if (!this.#keepGoing) throw new RunFailed("source", problem, { remedy: refusedRemedy });
    if (this.#refused.length < documentsTold) this.#refused.push(printable(problem));
    else this.#refusedMore.set(index, (this.#refusedMore.get(index) ?? 0) + 1);
  }

  /** Tells of a document that a dump has without its `_source`. */
  passOver(index: string): void {
    this.#withoutSource.set(index, (this.#withoutSource.get(index) ?? 0) + 1);
  }

  /** All of it. */
  whole(): RestoreReport {
    const passedOver = [...this.#withoutSource].map(
      ([index, count]) => `${count} documents of index ${index}: the snapshot has them without their _source`,
    );
    const more = [...this.#refusedMore].map(
      ([index, count]) => `${count} more documents of index ${index}, which the server did not take`,
    );
    return { notes: [...this.#notes, ...passedOver], failed: [...this.#failed, ...this.#refused, ...more] };
  }
}

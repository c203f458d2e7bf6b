import { messageOf, type RunFailed } from "../failure.ts";
import type { RestoreReport } from "./report.ts";

/** What a restore leaves out and passes over, gathered on the way. */
export class SearchReport {
  readonly #keepGoing: boolean;
  readonly #notes: string[] = [];
  readonly #failed: string[] = [];
  readonly #refused = new Map<string, { count: number; readonly why: string }>();
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
  refuse(index: string, error: RunFailed): void {
    if (!this.#keepGoing) throw error;
    const refused = this.#refused.get(index);
    if (refused === undefined) this.#refused.set(index, { count: 1, why: messageOf(error) });
    else refused.count++;
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
    const refused = [...this.#refused].map(
      ([index, { count, why }]) => `${count} documents of index ${index}; of the first: ${why}`,
    );
    return { notes: [...this.#notes, ...passedOver], failed: [...this.#failed, ...refused] };
  }
}

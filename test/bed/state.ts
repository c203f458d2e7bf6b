import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { cacheDirectory } from "./cache.ts";
import { identityOf, isRunning, type ProcessIdentity } from "./process.ts";
import { unmountBelow, undo, type JournalEntry } from "./undo.ts";

/**
 * What one started part (a server, a cluster) has on this machine: a folder of its own with its data and logs, and a
 * journal of all that must be undone. The journal is on disk, so that a test run that was killed can be cleaned by
 * another process.
 */
export interface State {
  readonly name: string;
  readonly directory: string;
}

/**
 * A fresh, empty state that this process owns: `npm run bed -- down` leaves it alone while this process runs, so that
 * several people can test on one machine.
 */
export function ownedState(name: string): State {
  const state = emptyState(`${name}-${randomBytes(3).toString("hex")}`);
  writeFileSync(ownerOf(state), JSON.stringify(identityOf(process.pid)));
  return state;
}

/** A fresh, empty state of exactly that name, which outlives this process. @throws when the name is taken. */
export function lastingState(name: string): State {
  return emptyState(name);
}

/** Whether the process that owns the state still runs. A lasting state has no owner. */
export function isInUse(state: State): boolean {
  const file = ownerOf(state);
  return existsSync(file) && isRunning(JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity);
}

export function stateNamed(name: string): State {
  return { name, directory: join(cacheDirectory("states"), name) };
}

/** Every state on this machine, running or left over. */
export function allStates(): State[] {
  return readdirSync(cacheDirectory("states")).sort().map(stateNamed);
}

/** Writes down something that {@link discard} must undo. Call it before the deed, where the deed's name is known before. */
export function record(state: State, entry: JournalEntry): void {
  appendFileSync(journalOf(state), `${JSON.stringify(entry)}\n`);
}

/** What was recorded, oldest first. */
export function journal(state: State): JournalEntry[] {
  if (!existsSync(journalOf(state))) return [];
  return readFileSync(journalOf(state), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalEntry);
}

/**
 * Undoes all that was recorded, the last first, and removes the folder. Harmless when it was done before.
 * @throws after all that could be undone is; the folder then stays, so that it can be tried again.
 */
export async function discard(state: State): Promise<void> {
  const failures: unknown[] = [];
  for (const entry of journal(state).reverse()) await undo(entry).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) {
    throw new AggregateError(failures, `cannot remove all of ${state.name}: ${failures.map(String).join("; ")}`);
  }
  await unmountBelow(state.directory);
  await rm(state.directory, { recursive: true, force: true });
}

/** Runs what starts a part in its state; a start that fails leaves nothing behind. */
export async function starting<T>(state: State, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await discard(state);
    throw error;
  }
}

/** Keeps how to reach a part, so that a later process finds it again with {@link descriptionOf}. */
export function describe(state: State, description: object): void {
  writeFileSync(join(state.directory, "description.json"), JSON.stringify(description, undefined, 2));
}

/** What {@link describe} kept; `undefined` when the part never came up. */
export function descriptionOf(state: State): unknown {
  const file = join(state.directory, "description.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as unknown) : undefined;
}

function emptyState(name: string): State {
  const state = stateNamed(name);
  mkdirSync(state.directory);
  mkdirSync(join(state.directory, "logs"));
  return state;
}

function ownerOf(state: State): string {
  return join(state.directory, "owner.json");
}

function journalOf(state: State): string {
  return join(state.directory, "journal.jsonl");
}

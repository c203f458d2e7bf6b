import { RunFailed } from "../failure.ts";
import type { ObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage, StoredObject } from "../sink/object-storage.ts";
import { someAtOnce } from "../sink/some-at-once.ts";

/** Of so many objects it is asked who made them, the newest first: each is a request, and the original may have left very many. */
const mostAsked = 1000;

/** Whose an object is that no manifest names. */
export type Origin =
  /** A run of ours made it, which is under way or ended in the middle. */
  | "ours"
  /** It does not say so, and in this storage ours do. */
  | "another tool"
  /** The storage keeps no marks, or does not tell. */
  | "unknown";

/** @throws the signal's reason */
export async function originOf(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<Origin> {
  if (!storage.keepsMarks) return "unknown";
  try {
    return (await storage.markOf(key, signal)) === null ? "another tool" : "ours";
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailed) return "unknown";
    throw error;
  }
}

export interface ToldApart {
  /** Ours, or nobody knows. */
  readonly incomplete: readonly StoredObject[];
  /** Another tool's. What they hold nobody has verified. */
  readonly foreign: readonly StoredObject[];
}

/** Objects that no manifest names, by who made them. Of very many, the oldest count as incomplete. */
export async function toldApart(
  storage: ObjectStorage,
  unnamed: readonly StoredObject[],
  signal: AbortSignal,
): Promise<ToldApart> {
  const foreign = new Set<ObjectKey>();
  const newest = unnamed
    .map(({ key }) => key)
    .sort()
    .reverse()
    .slice(0, mostAsked); // a key begins with its date
  await someAtOnce(newest, async (key) => {
    if ((await originOf(storage, key, signal)) === "another tool") foreign.add(key);
  });
  return {
    incomplete: unnamed.filter(({ key }) => !foreign.has(key)),
    foreign: unnamed.filter(({ key }) => foreign.has(key)),
  };
}

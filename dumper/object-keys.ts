import type { DumpRequest } from "../contract/dump-request.ts";
import { RunFailed } from "./failure.ts";
import { type KeyParts, manifestKey, objectKey, type ObjectKey } from "./sink/object-key.ts";
import type { ObjectStorage } from "./sink/object-storage.ts";

const remedy =
  "rename the database or leave it out: outside A-Z a-z 0-9 . _ - each byte of its name takes three; or keep the snapshots in a bucket, whose keys may be longer";

/** The key of the object of that name. */
export function keyOf(run: KeyParts, name: string, { compression, recipients }: DumpRequest): ObjectKey {
  return objectKey(run, name, { compression, encrypted: recipients.length > 0 });
}

/** Why the storage cannot hold objects of those names, a sentence each with what to do. A dump would tell at its end otherwise. */
export function keyProblems(
  storage: ObjectStorage,
  run: KeyParts,
  names: readonly string[],
  request: DumpRequest,
): readonly string[] {
  const keys = [...names.map((name) => keyOf(run, name, request)), manifestKey(run)];
  return keys.flatMap((key) => {
    const problem = storage.keyProblem(key);
    return problem === null ? [] : [`In ${storage.name} ${problem}; ${remedy}.`];
  });
}

/** @throws {RunFailed} of code `invalid` when there is such a problem */
export function refuseLongKeys(
  storage: ObjectStorage,
  run: KeyParts,
  names: readonly string[],
  request: DumpRequest,
): void {
  const problems = keyProblems(storage, run, names, request);
  if (problems.length > 0) {
    throw new RunFailed("invalid", problems.join(" "), { remedy: "ksnapshot dump --check says the same" });
  }
}

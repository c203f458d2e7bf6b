import { drain } from "../process/drain.ts";
import { RunFailed } from "../failure.ts";
import type { StoredDump } from "../sink/snapshot-manifest.ts";
import { checkStoredBytes, dumpContent, type Reading } from "./content.ts";

export interface ObjectVerdict {
  readonly object: StoredDump;
  /** `unchecked`: the stored bytes are right and encrypted, and without an identity nobody knows what they hold. */
  readonly verdict: "whole" | "unchecked" | "damaged";
  /** One line; null when whole. */
  readonly problem: string | null;
}

/** Reads every byte of an object. What is wrong with it is the verdict, not an error. */
export async function verifyObject(reading: Reading): Promise<ObjectVerdict> {
  const { object, identities } = reading;
  try {
    if (object.encrypted && identities.length === 0) {
      await checkStoredBytes(reading);
      const problem = "length and SHA-256 are right; the content was not checked: give --identity <file> to decrypt it";
      return { object, verdict: "unchecked", problem };
    }
    await drain(dumpContent(reading));
    return { object, verdict: "whole", problem: null };
  } catch (error) {
    if (error instanceof RunFailed) return { object, verdict: "damaged", problem: error.message };
    throw error;
  }
}

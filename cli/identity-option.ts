import { readFile } from "node:fs/promises";
import type { Secret } from "../contract/secret.ts";
import { messageOf } from "../dumper/failure.ts";
import { parseIdentities } from "../dumper/restore/identity.ts";
import { UsageError } from "./command.ts";

export const identityOption = {
  type: "string",
  describe:
    "File with the age secret key, as age-keygen writes it, or an SSH private key without a passphrase; for encrypted snapshots",
} as const;

/** The identities of a file. @throws {UsageError} when it cannot be read or holds none */
export async function readIdentities(path: string | undefined): Promise<readonly Secret[]> {
  if (path === undefined) return [];
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(`--identity: ${messageOf(error)}`);
  });
  const reading = parseIdentities(text);
  if ("problem" in reading) throw new UsageError(`--identity ${path}: ${reading.problem}`);
  return reading.value;
}

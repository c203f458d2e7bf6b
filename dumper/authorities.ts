import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf, RunFailed } from "./failure.ts";

/**
 * The certificates of the authorities to trust, in PEM. The file is looked at, as Node takes anything for a list of no authorities.
 * @param remedy told when that fails
 * @throws {RunFailed} of code `invalid` when it cannot be read or begins with no certificate
 */
export function readAuthorities(path: string, remedy: string): string {
  try {
    const pem = readFileSync(path, "utf8");
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new RunFailed("invalid", `the authorities in ${path} cannot be read: ${messageOf(error)}`, {
      remedy,
      cause: error,
    });
  }
}

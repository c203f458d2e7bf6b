import { Decrypter } from "age-encryption";
import type { Reading } from "../../contract/diagnostic.ts";
import { Secret } from "../../contract/secret.ts";
import { isPrivateKeyFile, parseSshPrivateKey } from "../stage/ssh-private-key.ts";

/**
 * Reads the file that `age-keygen` writes (one secret key a line, blank lines and comments ignored), or a private key
 * file of SSH without a passphrase, which is one identity as a whole.
 */
export function parseIdentities(text: string): Reading<readonly Secret[]> {
  if (isPrivateKeyFile(text)) {
    const reading = parseSshPrivateKey(text);
    return "problem" in reading ? reading : { value: [new Secret(text)] };
  }
  const lines = text.split("\n").map((line, index) => ({ number: index + 1, text: line.trim() }));
  const keys = lines.filter((line) => line.text !== "" && !line.text.startsWith("#"));
  if (keys.length === 0) return { problem: "There is no secret key in it." };
  const broken = keys.find((line) => !isIdentity(line.text));
  return broken === undefined
    ? { value: keys.map((line) => new Secret(line.text)) }
    : { problem: `Line ${broken.number} is not an age secret key (AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…).` };
}

function isIdentity(text: string): boolean {
  try {
    new Decrypter().addIdentity(text);
    return true;
  } catch {
    return false; // typage tells a malformed key by throwing
  }
}

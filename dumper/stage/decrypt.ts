import { Decrypter, type Identity } from "age-encryption";
import type { Secret } from "../../contract/secret.ts";
import { messageOf, RunFailed } from "../failure.ts";
import { isPrivateKeyFile, parseSshPrivateKey } from "./ssh-private-key.ts";
import { sshIdentity } from "./ssh-stanza.ts";
import { bytesOf, webStreamOf } from "./web-stream.ts";

/**
 * The plain bytes of an age file.
 * @param identities age's secret keys, and whole private key files of SSH
 * @throws {RunFailed} when no identity fits; {Error} when the file is damaged
 */
export async function* decrypted(source: AsyncIterable<Buffer>, identities: readonly Secret[]): AsyncGenerator<Buffer> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identityOf(identity.reveal()));
  yield* bytesOf(await opened(decrypter, source));
}

function identityOf(text: string): string | Identity {
  if (!isPrivateKeyFile(text)) return text;
  const reading = parseSshPrivateKey(text);
  if ("problem" in reading) throw new RunFailed("encryption", reading.problem, { remedy: "give another identity" });
  return sshIdentity(reading.value);
}

async function opened(decrypter: Decrypter, source: AsyncIterable<Buffer>): Promise<ReadableStream<Uint8Array>> {
  try {
    return await decrypter.decrypt(webStreamOf(source));
  } catch (error) {
    if (error instanceof RunFailed) throw error;
    const remedy = "give the identity of one of the snapshot's recipients by --identity";
    throw new RunFailed("encryption", `decryption failed: ${messageOf(error)}`, { remedy, cause: error });
  }
}

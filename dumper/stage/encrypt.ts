import { Encrypter, type Recipient } from "age-encryption";
import { type AgeRecipient } from "../../contract/recipient.ts";
import { isSshKey, parseSshKey } from "../../contract/ssh-recipient.ts";
import { RunFailed, messageOf } from "../failure.ts";
import { sshRecipient } from "./ssh-stanza.ts";
import { bytesOf, webStreamOf } from "./web-stream.ts";

/** The bytes as an age file for all of the recipients. With none the bytes pass as they are. */
export async function* encrypted(
  source: AsyncIterable<Buffer>,
  recipients: readonly AgeRecipient[],
): AsyncGenerator<Buffer> {
  yield* recipients.length === 0 ? source : bytesOf(await opened(source, recipients));
}

async function opened(
  source: AsyncIterable<Buffer>,
  recipients: readonly AgeRecipient[],
): Promise<ReadableStream<Uint8Array>> {
  try {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipientOf(recipient));
    return await encrypter.encrypt(webStreamOf(copies(source)));
  } catch (error) {
    if (error instanceof RunFailed) throw error; // the source's own
    const remedy = "check ENCRYPTION_RECIPIENT";
    throw new RunFailed("encryption", `encryption failed: ${messageOf(error)}`, { remedy, cause: error });
  }
}

function recipientOf(text: AgeRecipient): string | Recipient {
  if (!isSshKey(text)) return text;
  const reading = parseSshKey(text);
  if ("problem" in reading) throw new Error(reading.problem);
  return sshRecipient(reading.value);
}

/** The web stream may hold a chunk when the next is asked for, by which time the chunk's memory is used again. */
async function* copies(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk);
}

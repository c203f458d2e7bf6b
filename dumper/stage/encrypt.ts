import { Encrypter, type Recipient } from "age-encryption";
import { randomBytes } from "node:crypto";
import { type AgeRecipient } from "../../contract/recipient.ts";
import { isSshKey, parseSshKey } from "../../contract/ssh-recipient.ts";
import { RunFailed, messageOf } from "../failure.ts";
import { payloadNonceBytes, sealedPayload, tagBytes } from "./age-payload.ts";
import { sshRecipient } from "./ssh-stanza.ts";

/** The bytes as an age file for all of the recipients. With none the bytes pass as they are. */
export async function* encrypted(
  source: AsyncIterable<Buffer>,
  recipients: readonly AgeRecipient[],
): AsyncGenerator<Buffer> {
  yield* recipients.length === 0 ? source : ageFile(source, recipients);
}

async function* ageFile(source: AsyncIterable<Buffer>, recipients: readonly AgeRecipient[]): AsyncGenerator<Buffer> {
  const { header, fileKey } = await headerFor(recipients);
  const nonce = randomBytes(payloadNonceBytes);
  yield Buffer.concat([header, nonce]);
  yield* sealedPayload(source, fileKey, nonce);
}

interface Header {
  readonly header: Buffer;
  /** What each recipient can unwrap. */
  readonly fileKey: Uint8Array;
}

/** The payload of an empty file: its nonce, and the tag of a chunk that has nothing in it. */
const emptyPayloadBytes = payloadNonceBytes + tagBytes;

async function headerFor(recipients: readonly AgeRecipient[]): Promise<Header> {
  try {
    const encrypter = new Encrypter();
    let fileKey: Uint8Array = new Uint8Array();
    encrypter.addRecipient({
      wrapFileKey: (key) => {
        fileKey = key;
        return []; // it only looks on
      },
    });
    for (const recipient of recipients) encrypter.addRecipient(recipientOf(recipient));
    const emptyFile = Buffer.from(await encrypter.encrypt(new Uint8Array()));
    return { header: emptyFile.subarray(0, -emptyPayloadBytes), fileKey };
  } catch (error) {
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

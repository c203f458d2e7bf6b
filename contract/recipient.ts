import { Encrypter } from "age-encryption";
import type { Brand } from "./brand.ts";
import type { Reading } from "./diagnostic.ts";

/** An age public key that encryption will take: `age1…` (X25519) or `age1pq1…` (hybrid post-quantum). */
export type AgeRecipient = Brand<string, "AgeRecipient">;

/**
 * Reads one or several recipients, separated by commas. Every one is tried on the encrypter itself, so that what passes
 * here cannot be refused at night. Classic and post-quantum recipients do not mix: one classic recipient would undo the
 * post-quantum protection, and the `age` program refuses to make such a file.
 */
export function parseRecipients(text: string): Reading<readonly AgeRecipient[]> {
  const recipients = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (recipients.length === 0) return { code: "recipient-missing", problem: "No recipient is given." };
  for (const recipient of recipients) {
    const reason = refusal(recipient);
    if (reason !== null) {
      return { problem: `${JSON.stringify(shortened(recipient))} is not an age recipient: ${reason}.` };
    }
  }
  const postQuantum = recipients.filter((recipient) => recipient.startsWith("age1pq1"));
  if (postQuantum.length > 0 && postQuantum.length < recipients.length) {
    return {
      code: "recipients-mixed",
      problem: "Post-quantum recipients (age1pq1…) and classic ones (age1…) are mixed.",
    };
  }
  return { value: recipients as unknown as readonly AgeRecipient[] };
}

function refusal(recipient: string): string | null {
  if (/^AGE-SECRET-KEY-/i.test(recipient)) return "it is a secret key, which must not be here; revoke it";
  if (!/^age1(pq1)?[02-9ac-hj-np-z]+$/.test(recipient)) return "only age1… and age1pq1… keys are taken";
  try {
    new Encrypter().addRecipient(recipient);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Enough of the text to find it by; a secret key is never quoted. */
function shortened(text: string): string {
  if (/^AGE-SECRET-KEY-/i.test(text)) return "AGE-SECRET-KEY-…";
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}

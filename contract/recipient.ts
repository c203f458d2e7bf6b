import { Encrypter } from "age-encryption";
import type { Brand } from "./brand.ts";
import type { Reading } from "./diagnostic.ts";
import { isSshKey, parseSshKey, sshKeyText } from "./ssh-recipient.ts";

/**
 * A public key that encryption will take: `age1…` (X25519), `age1pq1…` (hybrid post-quantum), or an SSH key without its
 * comment, `ssh-ed25519 …` or `ssh-rsa …`.
 */
export type AgeRecipient = Brand<string, "AgeRecipient">;

/** Each is tried, which takes up to a millisecond. */
const mostRecipients = 64;

/**
 * Reads one or several recipients, separated by commas or line breaks. Every one is tried on the encrypter itself, so
 * that what passes here cannot be refused at night. Classic and post-quantum recipients do not mix: one classic recipient
 * would undo the post-quantum protection, and the `age` program refuses to make such a file.
 */
export function parseRecipients(text: string): Reading<readonly AgeRecipient[]> {
  const parts = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) return { code: "recipient-missing", problem: "No recipient is given." };
  if (parts.length > mostRecipients) {
    return {
      problem: `There are ${String(parts.length)} recipients, and at most ${String(mostRecipients)} are taken.`,
    };
  }
  const recipients: AgeRecipient[] = [];
  for (const part of parts) {
    const reading = parseRecipient(part);
    if ("problem" in reading) {
      return { problem: `${JSON.stringify(shortened(part))} is not an age recipient. ${reading.problem}` };
    }
    recipients.push(reading.value as AgeRecipient);
  }
  const postQuantum = recipients.filter((recipient) => recipient.startsWith("age1pq1"));
  if (postQuantum.length > 0 && postQuantum.length < recipients.length) {
    return {
      code: "recipients-mixed",
      problem: "Post-quantum recipients (age1pq1…) and classic ones (age1…, ssh-…) are mixed.",
    };
  }
  return { value: recipients };
}

function parseRecipient(text: string): Reading<string> {
  if (isSecret(text)) return { problem: "It is a secret key, which must not be here; revoke it." };
  if (isSshKey(text)) {
    const reading = parseSshKey(text);
    return "value" in reading ? { value: sshKeyText(reading.value) } : reading;
  }
  if (/\sssh-(ed25519|rsa)\s/.test(text))
    return { problem: "Options before an SSH key are not taken; leave them out." };
  if (!/^age1(pq1)?[02-9ac-hj-np-z]+$/.test(text)) {
    return { problem: "Only age1…, age1pq1…, ssh-ed25519 … and ssh-rsa … keys are taken." };
  }
  try {
    new Encrypter().addRecipient(text);
    return { value: text };
  } catch (error) {
    return { problem: `It cannot be read: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

function isSecret(text: string): boolean {
  return /^AGE-SECRET-KEY-/i.test(text) || text.includes("PRIVATE KEY");
}

/** Enough of the text to find it by; a secret key is never quoted. */
function shortened(text: string): string {
  if (isSecret(text)) return `${text.slice(0, 15)}…`;
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}

import * as z from "zod";
import type { Reading } from "../contract/diagnostic.ts";
import { isDnsLabel, refused } from "../contract/field-reader.ts";
import { parseRecipients } from "../contract/recipient.ts";

/** A text that a reader of the contract's kind reads. What `ksnapshot init` leaves to be filled in is no value yet. */
export function text<T>(read: (text: string) => Reading<T>) {
  return z.string().transform((given, context): T => {
    const reading = /^<.*>$/.test(given) ? placeholder(given) : read(given);
    if ("value" in reading) return reading.value;
    const { problem, remedy } = { remedy: "Correct it.", ...reading };
    context.addIssue({ code: "custom", message: problem, params: { remedy } });
    return z.NEVER;
  });
}

/** The same, but `""` is a value too and gives null. An empty YAML value is not: it may just be unfinished. */
export function textOrNothing<T>(read: (text: string) => Reading<T>) {
  return text<T | null>((given) => (given === "" ? { value: null } : read(given)));
}

/** Judged together: whether they may be mixed cannot be told of one alone. */
export const recipients = z.array(text(oneRecipient)).transform((given, context) => {
  const reading = given.length === 0 ? { value: [] } : parseRecipients(given.join(","));
  if ("value" in reading) return reading.value;
  context.addIssue({ code: "custom", message: reading.problem, params: { remedy: "Keep one kind." } });
  return z.NEVER;
});

function oneRecipient(given: string): Reading<string> {
  const reading = parseRecipients(given);
  return "value" in reading ? { value: given } : reading;
}

export function dnsLabel(given: string): Reading<string> {
  return isDnsLabel(given)
    ? { value: given }
    : refused(given, "a DNS label: up to 63 characters of a-z, 0-9 and dashes inside");
}

/** What Amazon takes or took, and other providers take: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketName(given: string): Reading<string> {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(given)
    ? { value: given }
    : refused(given, "the name of a bucket, which is not an address and has no slash");
}

export function imageReference(given: string): Reading<string> {
  return /^[A-Za-z0-9][\w.:/@-]*$/.test(given) ? { value: given } : refused(given, "a reference to a container image");
}

export function isSet(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function placeholder(given: string) {
  return { problem: `${given} is a placeholder.`, remedy: "Put your own value in its place." };
}

import { inspect } from "node:util";

const redacted = "[redacted]";

/** A value that no log, error or JSON may show. Only {@link Secret.reveal} opens it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for a child's environment, a 0600 file or a Secret's data, and nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}

/**
 * `text` without any of the secrets, in the forms in which they travel: as they are, in base64 and percent-encoded.
 * Secrets of fewer than four characters are left: blanking them would destroy the text and hide nothing.
 */
export function scrub(text: string, secrets: readonly Secret[]): string {
  return secrets
    .map((secret) => secret.reveal())
    .filter((value) => value.length >= 4)
    .flatMap((value) => [value, Buffer.from(value).toString("base64"), encodeURIComponent(value)])
    .sort((a, b) => b.length - a.length)
    .reduce((clean, form) => clean.replaceAll(form, redacted), text);
}

import { type ObjectKey, parseObjectKey } from "../dumper/sink/object-key.ts";
import { UsageError } from "./command.ts";

/** @throws {UsageError} when the text cannot be a key */
export function objectKeyArgument(text: string): ObjectKey {
  const key = parseObjectKey(text);
  if (key === null) {
    throw new UsageError(
      `${JSON.stringify(text)} is not a key; keys look like 2026/01/31/postgresql/dump-….manifest.json and ksnapshot list shows them`,
    );
  }
  return key;
}

import type { Reading } from "./diagnostic.ts";
import { refused } from "./field-reader.ts";

/** What an installation is called in its snapshots. It goes into the metadata of objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export function clusterName(text: string): Reading<string> {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text)
    ? { value: text }
    : refused(
        text,
        "a name of up to 63 letters, digits, dots, dashes and underscores that begins and ends with a letter or digit",
      );
}

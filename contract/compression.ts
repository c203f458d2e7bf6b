import { unreachable } from "./brand.ts";

export const compressions = ["gzip", "zstd", "none"] as const;
export type Compression = (typeof compressions)[number];

/** What the stage appends to an object's key. */
export function compressionExtension(compression: Compression): ".gz" | ".zst" | "" {
  switch (compression) {
    case "gzip":
      return ".gz";
    case "zstd":
      return ".zst";
    case "none":
      return "";
    default:
      return unreachable(compression);
  }
}

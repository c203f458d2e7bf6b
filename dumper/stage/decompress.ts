import { createGunzip, createZstdDecompress } from "node:zlib";
import { unreachable } from "../../contract/brand.ts";
import type { Compression } from "../../contract/compression.ts";
import { through } from "./through.ts";

/** The bytes before compression. @throws {Error} when they are not what the compression makes, or end early */
export async function* decompressed(
  source: AsyncIterable<Buffer>,
  compression: Compression,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const transform = transformFor(compression);
  yield* transform === null ? source : through(source, transform, signal);
}

function transformFor(compression: Compression) {
  switch (compression) {
    case "gzip":
      return createGunzip();
    case "zstd":
      return createZstdDecompress();
    case "none":
      return null;
    default:
      return unreachable(compression);
  }
}

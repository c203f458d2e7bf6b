import type { Transform } from "node:stream";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import { unreachable } from "../../contract/brand.ts";
import type { Compression } from "../../contract/compression.ts";
import type { Environment } from "../../contract/dump-request.ts";
import { baseEnv, type Command } from "../process/command.ts";
import { hasProgram } from "../process/find-program.ts";

/** What compresses: a program from stdin to stdout, a transform of our own where it is missing, or nothing. */
export type Compressor =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "transform"; readonly open: () => Transform }
  | { readonly kind: "none" };

/**
 * The quickest compressor there is. `igzip -2` takes a seventh to a tenth of gzip's CPU for 5 to 25 % more bytes
 * (docs/adr/0008-level-of-igzip.md); level 1 of zlib is what comes nearest to it.
 * @param env the environment in which programs are found
 */
export function compressorFor(compression: Compression, env: Environment): Compressor {
  switch (compression) {
    case "gzip":
      return hasProgram("igzip", env)
        ? { kind: "command", command: { file: "igzip", args: ["-2", "-c"], env: baseEnv(env) } }
        : { kind: "transform", open: () => createGzip({ level: 1 }) };
    case "zstd":
      return hasProgram("zstd", env)
        ? { kind: "command", command: { file: "zstd", args: ["-3", "-T2", "-q", "-c"], env: baseEnv(env) } }
        : { kind: "transform", open: zstd };
    case "none":
      return { kind: "none" };
    default:
      return unreachable(compression);
  }
}

/** With a checksum, as the program makes it. */
function zstd(): Transform {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  return createZstdCompress({ params: { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_checksumFlag]: 1 } });
}

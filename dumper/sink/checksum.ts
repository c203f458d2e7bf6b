import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * What proves a body on its way, as plain headers that are known before the first byte. A bucket with Object Lock takes neither an
 * object nor a part without one of the two: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 * @param isKnown whether the provider takes `x-amz-checksum-crc32`; MD5 is S3's oldest, and every provider's
 */
export function proofOf(
  body: Buffer,
  isKnown: boolean,
): { readonly ChecksumCRC32: string } | { readonly ContentMD5: string } {
  if (!isKnown) return { ContentMD5: createHash("md5").update(body).digest("base64") };
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return { ChecksumCRC32: bytes.toString("base64") };
}

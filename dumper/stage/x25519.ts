import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** The length of a scalar, of a point, and of what two parties agree on. */
export const x25519Bytes = 32;

/** The ASN.1 that stands before the bytes: https://datatracker.ietf.org/doc/html/rfc8410#section-10 */
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");

/** @throws {Error} when there are not 32 bytes */
export function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: "der", type: "spki" });
}

/** @throws {Error} when there are not 32 bytes */
export function privateKeyOf(scalar: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, scalar]), format: "der", type: "pkcs8" });
}

/** The point of a public key. */
export function bytesOfKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: "der", type: "spki" }).subarray(-x25519Bytes);
}

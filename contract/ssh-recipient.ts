import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from "node:crypto";
import { montgomeryOf } from "./curve25519.ts";
import type { Reading } from "./diagnostic.ts";

/** An OpenSSH public key to which age encrypts, as https://pkg.go.dev/filippo.io/age/agessh does. */
export interface SshKey {
  readonly type: "ssh-ed25519" | "ssh-rsa";
  /** The key as OpenSSH writes it, before base64. */
  readonly blob: Buffer;
  /** Of `ssh-ed25519` the X25519 key that it becomes. */
  readonly publicKey: KeyObject;
}

/** As `age` and, above, OpenSSH have it. */
const rsaBits = { fewest: 2_048, most: 16_384 };
/** Go, in which `age` is written, takes no larger exponents. */
const largestExponent = 2 ** 24;

/** Whether the text is meant as an SSH key of any kind. */
export function isSshKey(text: string): boolean {
  return /^(ssh|ecdsa|sk)-/.test(text);
}

/** Reads the line of a public key file: type, key in base64, and a comment or none. */
export function parseSshKey(line: string): Reading<SshKey> {
  const [type = "", base64 = ""] = line.split(/[ \t]+/);
  if (type !== "ssh-ed25519" && type !== "ssh-rsa") {
    return { problem: `Keys of the type ${type} cannot be encrypted to, only ssh-ed25519 and ssh-rsa.` };
  }
  const blob = Buffer.from(base64, "base64");
  const [name, ...fields] = takeFields(blob)?.fields ?? [];
  if (blob.toString("base64") !== base64 || name?.toString() !== type) return broken(type);
  return type === "ssh-ed25519" ? ed25519Of(blob, fields) : rsaOf(blob, fields);
}

/** A key as it stands in a list of recipients: without its comment. */
export function sshKeyText({ type, blob }: SshKey): string {
  return `${type} ${blob.toString("base64")}`;
}

/** The key as OpenSSH writes it: fields with their lengths before them. */
export function sshBlob(...fields: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The first fields, as many as there are or `most`, and what follows. Null when one ends after the bytes do. */
export function takeFields(
  bytes: Buffer,
  most = Infinity,
): { readonly fields: readonly Buffer[]; readonly rest: Buffer } | null {
  const fields: Buffer[] = [];
  let rest = bytes;
  while (rest.length > 0 && fields.length < most) {
    const end = rest.length < 4 ? Infinity : 4 + rest.readUInt32BE(0);
    if (end > rest.length) return null;
    fields.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return { fields, rest };
}

function ed25519Of(blob: Buffer, [point, ...more]: readonly Buffer[]): Reading<SshKey> {
  const onCurve = point?.length === 32 && more.length === 0 ? montgomeryOf(point) : null;
  if (onCurve === null) return broken("ssh-ed25519");
  const x = onCurve.toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
  return canAgree(publicKey) ? { value: { type: "ssh-ed25519", blob, publicKey } } : broken("ssh-ed25519");
}

/** It is tried, so that what passes here cannot be refused at night: there are points on which X25519 gives nothing. */
function canAgree(publicKey: KeyObject): boolean {
  try {
    diffieHellman({ privateKey: generateKeyPairSync("x25519").privateKey, publicKey });
    return true;
  } catch {
    return false; // the failure of derivation has no code of its own
  }
}

function rsaOf(blob: Buffer, [exponent, modulus, ...more]: readonly Buffer[]): Reading<SshKey> {
  const [e, n] = [numberOf(exponent), numberOf(modulus)];
  if (e === null || n === null || more.length > 0) return broken("ssh-rsa");
  const bits = n.toString(2).length;
  if (bits < rsaBits.fewest || bits > rsaBits.most) {
    return {
      problem: `The RSA key has ${String(bits)} bits; ${String(rsaBits.fewest)} to ${String(rsaBits.most)} are taken.`,
    };
  }
  const isUsable = n % 2n === 1n && e % 2n === 1n && e > 1n && e < BigInt(largestExponent);
  if (!isUsable || exponent === undefined || modulus === undefined) return broken("ssh-rsa");
  const jwk = { kty: "RSA", e: exponent.toString("base64url"), n: modulus.toString("base64url") };
  return { value: { type: "ssh-rsa", blob, publicKey: createPublicKey({ key: jwk, format: "jwk" }) } };
}

/** A positive number in its shortest form: others would give the key another fingerprint in `age`. */
function numberOf(bytes: Buffer | undefined): bigint | null {
  const [first = 0x80, second = 0] = bytes ?? [];
  const isShortest = first !== 0 || second >= 0x80;
  return bytes === undefined || first >= 0x80 || !isShortest ? null : BigInt(`0x${bytes.toString("hex")}`);
}

function broken(type: string): { readonly problem: string } {
  return { problem: `The key of the type ${type} is damaged or incomplete.` };
}

// How age wraps a file's key for SSH keys, as filippo.io/age/agessh does it. The first argument of a stanza is its type,
// the second a short fingerprint of the SSH key.
import { type Identity, type Recipient, Stanza } from "age-encryption";
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import type { SshKey } from "../../contract/ssh-recipient.ts";
import type { SshPrivateKey } from "./ssh-private-key.ts";
import { bytesOfKey, privateKeyOf, publicKeyOf, x25519Bytes } from "./x25519.ts";

const ed25519Label = "age-encryption.org/v1/ssh-ed25519";
const oaep = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: "sha256",
  oaepLabel: Buffer.from("age-encryption.org/v1/ssh-rsa"),
} as const;

/** Every file key is encrypted under a key of its own, so that the nonce may be a constant. */
const nonce = Buffer.alloc(12);
const tagBytes = 16;

/** What encrypts for an SSH key. */
export function sshRecipient(key: SshKey): Recipient {
  return {
    wrapFileKey: (fileKey) => {
      if (key.type === "ssh-rsa") {
        return [new Stanza([key.type, fingerprint(key)], publicEncrypt({ key: key.publicKey, ...oaep }, fileKey))];
      }
      const ephemeral = generateKeyPairSync("x25519");
      const share = bytesOfKey(ephemeral.publicKey);
      const wrapping = wrappingKey(
        key,
        share,
        diffieHellman({ privateKey: ephemeral.privateKey, publicKey: key.publicKey }),
      );
      const cipher = createCipheriv("chacha20-poly1305", wrapping, nonce, { authTagLength: tagBytes });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [new Stanza([key.type, fingerprint(key), unpadded(share)], body)];
    },
  };
}

/** What decrypts with an SSH key. */
export function sshIdentity(identity: SshPrivateKey): Identity {
  return {
    unwrapFileKey: (stanzas) => {
      const { key } = identity;
      for (const { args, body } of stanzas) {
        if (args[0] !== key.type || args[1] !== fingerprint(key)) continue;
        const fileKey = key.type === "ssh-rsa" ? openRsa(identity, body) : openEd25519(identity, args[2], body);
        if (fileKey !== null) return fileKey;
      }
      return null;
    },
  };
}

/** Null when it was made for another key: the fingerprint is short, and two keys may have the same. */
function openRsa({ privateKey }: SshPrivateKey, body: Uint8Array): Uint8Array | null {
  try {
    return privateDecrypt({ key: privateKey, ...oaep }, body);
  } catch {
    return null; // OAEP tells no reason
  }
}

/** Null as above. @throws {Error} when the stanza is malformed */
function openEd25519(
  { key, privateKey }: SshPrivateKey,
  argument: string | undefined,
  body: Uint8Array,
): Uint8Array | null {
  const share = Buffer.from(argument ?? "", "base64");
  if (share.length !== x25519Bytes || body.length < tagBytes) throw new Error("the header of the file is damaged");
  const agreed = diffieHellman({ privateKey, publicKey: publicKeyOf(share) });
  const decipher = createDecipheriv("chacha20-poly1305", wrappingKey(key, share, agreed), nonce, {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(body.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return null; // the tag does not fit
  }
}

/** The agreed secret is bound to the SSH key, and then to both shares. */
function wrappingKey(key: SshKey, share: Buffer, agreed: Buffer): Buffer {
  const tweak = Buffer.from(hkdfSync("sha256", "", key.blob, ed25519Label, x25519Bytes));
  const bound = diffieHellman({ privateKey: privateKeyOf(tweak), publicKey: publicKeyOf(agreed) });
  const salt = Buffer.concat([share, bytesOfKey(key.publicKey)]);
  return Buffer.from(hkdfSync("sha256", bound, salt, ed25519Label, x25519Bytes));
}

function fingerprint({ blob }: SshKey): string {
  return unpadded(createHash("sha256").update(blob).digest().subarray(0, 4));
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

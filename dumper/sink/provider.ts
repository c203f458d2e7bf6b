import { equalPartLadder, partLadder, type PartRung } from "../../contract/part-ladder.ts";
import type { S3Storage } from "../../contract/storage.ts";
import { nameOf, statusOf } from "./s3-failure.ts";

/** What not every provider that speaks S3 takes. Each is tried until a request with it was refused and one without it was not. */
export interface Provider {
  /** `If-None-Match: *`: an object of that name is never overwritten. */
  conditions: boolean;
  /** A CRC32 with each part and each small object. Without it goes an MD5. */
  checksums: boolean;
}

/** How providers refuse what they do not know: 501, or, as Backblaze B2 does, InvalidArgument. */
const notKnown = ["NotImplemented", "InvalidArgument", "InvalidRequest"];

/** Sends a request with the feature, and again without it when the provider turns out not to take it. */
export async function withFeature<T>(
  provider: Provider,
  feature: keyof Provider,
  send: (isOn: boolean) => Promise<T>,
): Promise<T> {
  if (!provider[feature]) return send(false);
  try {
    return await send(true);
  } catch (error) {
    if (statusOf(error) !== 501 && !notKnown.includes(nameOf(error))) throw error;
    const answer = await send(false);
    provider[feature] = false;
    return answer;
  }
}

/** The condition as a command's input. */
export function unlessThere(isOn: boolean): { readonly IfNoneMatch?: "*" } {
  return isOn ? { IfNoneMatch: "*" } : {};
}

/** https://developers.cloudflare.com/r2/objects/multipart-objects/: other parts are refused, at the completion. */
const equalPartDomain = ".r2.cloudflarestorage.com";

/** How the parts of an upload grow there. */
export function ladderFor({ endpoint, maxParts }: Pick<S3Storage, "endpoint" | "maxParts">): readonly PartRung[] {
  const host = endpoint === null ? "" : new URL(endpoint).hostname;
  return host.endsWith(equalPartDomain) ? equalPartLadder(maxParts) : partLadder(maxParts);
}

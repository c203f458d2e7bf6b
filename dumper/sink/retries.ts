import type { S3ClientConfig } from "@aws-sdk/client-s3";

type RetryStrategy = Extract<NonNullable<S3ClientConfig["retryStrategy"]>, { readonly recordSuccess: unknown }>;

/** A request is tried so often. */
export const maxAttempts = 8;

/** The pauses between attempts: they double from the first to the longest, each cut by up to a half at random. */
export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** 7 to 14 s in all. */
export const defaultPauses: Pauses = { firstMs: 200, longestMs: 4_000 };

/**
 * Repeats what may pass: no answer, 500, 502, 503, 504, and whatever asks to slow down. The SDK's own strategy gives up
 * after two seconds of a storage that restarts, waits for a minute where one throttles, and spends a budget that a dump
 * of some hours may use up; a failed run is to have told its end within half a minute.
 */
export function retriesWith(pauses: Pauses): RetryStrategy {
  return {
    acquireInitialRetryToken: () => Promise.resolve(tokenOf(0, pauses)),
    refreshRetryTokenForRetry: (token, { errorType }) => {
      const retry = token.getRetryCount() + 1;
      const mayPass = errorType === "TRANSIENT" || errorType === "THROTTLING";
      return mayPass && retry < maxAttempts
        ? Promise.resolve(tokenOf(retry, pauses))
        : Promise.reject(new Error("the request is not repeated")); // the SDK then throws the request's own error
    },
    recordSuccess: () => undefined,
  };
}

/** @param retry 0 for the first attempt, which has no pause */
function tokenOf(retry: number, { firstMs, longestMs }: Pauses) {
  const pauseMs = retry === 0 ? 0 : Math.min(firstMs * 2 ** (retry - 1), longestMs);
  const delayMs = pauseMs * (1 - Math.random() / 2);
  return { getRetryCount: () => retry, getRetryDelay: () => delayMs };
}

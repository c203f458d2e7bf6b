import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";
import { quoted } from "../../contract/quoted.ts";
import { version } from "../../contract/version.ts";
import { ApiFailed } from "./cluster.ts";

/** How long one request may take in all. The API server itself gives up after 60 s. */
const requestTimeoutMs = 30_000;

export interface ApiRequest {
  readonly method: "GET" | "PATCH" | "DELETE";
  /** With the query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly content: unknown };
  /** Gives the request up. Beside it the timeout always runs. */
  readonly signal?: AbortSignal;
}

/**
 * Requests as plain JSON. The generated clients turn times into Dates and drop what they do not know, and what we
 * compare and patch must be the server's own text. The KubeConfig lends its certificates, tokens and connections.
 *
 * @throws {ApiFailed} for any answer but 2xx with an object, and when there is none in time
 */
export async function request(config: KubeConfig, { method, path, body, signal }: ApiRequest): Promise<ApiAnswer> {
  const url = new URL((config.getCurrentCluster()?.server ?? "").replace(/\/+$/, "") + path);
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const content = body === undefined ? "" : JSON.stringify(body.content);
  const options: https.RequestOptions = {
    method,
    headers: {
      accept: "application/json",
      "user-agent": `ksnapshot/${version}`,
      ...(body === undefined ? {} : { "content-type": body.type }),
      // Node sends a DELETE's body without a length, and then nobody reads it: orphaning would become deleting.
      "content-length": String(Buffer.byteLength(content)),
    },
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  };
  const what = `${method} ${url.pathname}`;
  let answer: Answer;
  try {
    await config.applyToHTTPSOptions(options);
    answer = await send(url, options, content);
  } catch (error) {
    throw new ApiFailed(`${what}: ${error instanceof Error ? error.message : String(error)}`, null, { cause: error });
  }
  const object = objectIn(answer.text);
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (isSuccess && object !== null) return object;
  const { data: status = null } = FailureStatus.safeParse(object);
  // Of a success nothing is quoted: it may be a piece of a Secret.
  const said = status?.message ?? `and no answer of an API server${isSuccess ? "" : `: ${quoted(answer.text)}`}`;
  throw new ApiFailed(`${what}: ${String(answer.status)} ${said}`, status);
}

/** An object of the API, as it was sent. */
export interface ApiAnswer {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const FailureStatus = z
  .object({
    kind: z.literal("Status"),
    status: z.literal("Failure"),
    message: z.string().default(""),
    reason: z.string().default(""),
    details: z
      .object({ group: z.string().optional(), kind: z.string().optional(), name: z.string().optional() })
      .default({}),
  })
  .transform(({ message, reason, details }) => ({ message, reason, details }));

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(url: URL, options: https.RequestOptions, body: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const outgoing = (url.protocol === "http:" ? http : https).request(url, options, resolve);
  outgoing.on("error", reject);
  outgoing.end(body);
  const incoming = await promise;
  return { status: incoming.statusCode ?? 0, text: await text(incoming) };
}

/** Null for what no API server sends: a proxy on the way may answer anything, also with 200. */
function objectIn(body: string): ApiAnswer | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string"
      ? (value as ApiAnswer)
      : null;
  } catch {
    return null; // SyntaxError
  }
}

import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { readAuthorities } from "../../authorities.ts";
import { messageOf } from "../../failure.ts";
import { PageMemory } from "./page-memory.ts";
import { authorizationOf, type SearchEndpoint } from "./endpoint.ts";

const nameAuthorities = "name a file of certificates in PEM";
/**
 * A request on whose connection nothing moves for so long is given up. Servers wait a minute for shards, and an answer begins when
 * a search is over.
 */
const silenceMs = 300_000;
const attempts = 5;
/** Doubled after each attempt: 3.75 seconds in all. */
const firstDelayMs = 250;
/** What a connection says that may be well a moment later. */
const transientErrors = ["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"];
/** Too many requests, and those of a proxy or a node that is not there for a moment. */
const transientStatuses = [429, 502, 503, 504];

export interface SearchCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With its query, percent-encoded. */
  readonly path: string;
  /** JSON, or lines of JSON. */
  readonly body?: string | readonly Buffer[];
  /** Answers that are longer are given up with {@link AnswerTooLong}. Default: none is. */
  readonly maxAnswerBytes?: number;
  /** Where the answer is put: it is valid until the next one is put there. Default: memory of its own. */
  readonly memory?: PageMemory;
  /** Whether it may be sent again when it fails in passing: only what does no harm when the server has already done it. */
  readonly idempotent: boolean;
}

export interface SearchClient {
  readonly endpoint: SearchEndpoint;
  /** The bytes of a good answer. @throws {ServerRefused}, {Unreachable}, {AnswerTooLong}, or the signal's reason */
  readonly send: (call: SearchCall, signal: AbortSignal) => Promise<Buffer>;
  /** Lets go of the connections. */
  readonly close: () => void;
}

/** The server answered with a status of 400 or more. */
export class ServerRefused extends Error {
  override readonly name = "ServerRefused";
  readonly status: number;
  /** `search_context_missing_exception`; empty when the answer names none. */
  readonly type: string;

  constructor(status: number, body: Buffer) {
    const { type, reason } = errorOf(body);
    super([`HTTP status ${status}`, type, reason].filter((text) => text !== "").join(": "));
    this.status = status;
    this.type = type;
  }
}

/** There was no answer, or not all of it. The cause says why. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/**
 * Opens a client; the caller closes it. Nothing is sent yet.
 * @param timeoutMs how long nothing may move on a connection
 * @throws {RunFailed} when the authorities cannot be read
 */
export function openClient(endpoint: SearchEndpoint, timeoutMs = silenceMs): SearchClient {
  const { scheme, caFile } = endpoint;
  const trust = caFile === null ? {} : { ca: readAuthorities(caFile, nameAuthorities) };
  const agent =
    scheme === "https" ? new https.Agent({ keepAlive: true, ...trust }) : new http.Agent({ keepAlive: true });
  const connection = { endpoint, agent, timeoutMs };
  return {
    endpoint,
    send: (call, signal) => (call.idempotent ? retried : once)(call, connection, signal),
    close: () => {
      agent.destroy();
    },
  };
}

interface Connection {
  readonly endpoint: SearchEndpoint;
  readonly agent: http.Agent;
  readonly timeoutMs: number;
}

async function retried(call: SearchCall, connection: Connection, signal: AbortSignal): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(call, connection, signal);
    } catch (error) {
      if (attempt === attempts || !isTransient(error)) throw error;
      await delay(firstDelayMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => null);
      signal.throwIfAborted();
    }
  }
}

/** Whether the same request may well be answered a moment later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ServerRefused) return transientStatuses.includes(error.status);
  if (!(error instanceof Unreachable)) return false;
  return transientErrors.includes((error.cause as NodeJS.ErrnoException).code ?? "");
}

async function once(
  { method, path, body, maxAnswerBytes = Infinity, memory = new PageMemory() }: SearchCall,
  { endpoint, agent, timeoutMs }: Connection,
  signal: AbortSignal,
): Promise<Buffer> {
  const { scheme, host: hostname, port, credentials } = endpoint;
  const parts = typeof body === "string" ? [Buffer.from(body)] : (body ?? []);
  const headers = {
    ...(credentials === null ? {} : { authorization: authorizationOf(credentials) }),
    ...(body === undefined ? {} : { "content-type": typeof body === "string" ? json : linesOfJson }),
    "content-length": String(parts.reduce((sum, part) => sum + part.length, 0)),
  };
  const options = { method, path, hostname, port, headers, agent, signal, timeout: timeoutMs };
  const request = (scheme === "https" ? https : http).request(options);
  const silence = new AbortController();
  request.once("timeout", () => {
    silence.abort();
    request.destroy();
  });
  try {
    for (const part of parts) request.write(part);
    request.end();
    const response = await responseTo(request);
    const answer = await bytesOf(response, memory, maxAnswerBytes);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new ServerRefused(status, answer);
    return answer;
  } catch (error) {
    request.destroy();
    signal.throwIfAborted();
    if (error instanceof ServerRefused || error instanceof AnswerTooLong) throw error;
    const cause = silence.signal.aborted ? new Error(`${noAnswer} ${timeoutMs / 1000} seconds`) : error;
    throw new Unreachable(messageOf(cause), { cause });
  }
}

/** What is said of a connection on which nothing moves. */
export const noAnswer = "the server did not answer within";
const json = "application/json";
const linesOfJson = "application/x-ndjson";

function responseTo(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
}

/** All of an answer; one that the connection cuts short is an error of the stream. */
async function bytesOf(response: http.IncomingMessage, memory: PageMemory, limit: number): Promise<Buffer> {
  const announced = Number(response.headers["content-length"] ?? 0);
  let answer = memory.take(announced <= limit ? announced : 0);
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length + chunk.length > limit) throw new AnswerTooLong(`the answer is longer than ${limit} bytes`);
    answer = memory.take(length + chunk.length, length);
    length += chunk.copy(answer, length);
  }
  return answer.subarray(0, length);
}

/** Servers tell an error as `{"error":{"type":…,"reason":…,"root_cause":[…]}}`, or as a text; proxies as they like. */
function errorOf(body: Buffer): { readonly type: string; readonly reason: string } {
  try {
    const { error } = JSON.parse(body.toString("utf8")) as { error?: unknown };
    if (typeof error === "string") return { type: "", reason: error };
    const { type = "", reason = "", root_cause: [root] = [], caused_by: cause } = error as ErrorBody;
    const { type: rootType, reason: rootReason } = root ?? cause ?? {};
    const own = root === undefined && cause !== undefined ? [rootType, rootReason] : [rootReason];
    const told = [reason, ...own.filter((text) => text !== reason)].filter((text) => (text ?? "") !== "").join(": ");
    return { type: root?.type ?? type, reason: told };
  } catch {
    return { type: "", reason: body.toString("utf8", 0, 200) }; // not JSON, or not of that form
  }
}

interface ErrorBody {
  readonly type?: string;
  readonly reason?: string;
  /** Only this tells what was wrong with the answers of all shards together. */
  readonly caused_by?: { readonly type?: string; readonly reason?: string };
  readonly root_cause?: readonly { readonly type?: string; readonly reason?: string }[];
}

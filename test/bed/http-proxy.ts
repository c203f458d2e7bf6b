import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { s3OperationOf, type S3Operation } from "./s3-operation.ts";

/** A request that came to the proxy, in the order of arrival. */
export interface SeenRequest extends S3Operation {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Bytes of the body that arrived. */
  bodyBytes: number;
  /** What the client was answered; undefined while it waits, or when the connection was reset. */
  status?: number;
  /** Whether a fault was acted on it. */
  isFaulted: boolean;
}

/** What the proxy does instead of passing the answer on. With `forward`, the server has carried the request out. */
export type Fault =
  /** An S3 error document; with status 200 it is the "200 with an error in the body" of CompleteMultipartUpload. */
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly forward?: boolean }
  /** A page for people, as what stands between answers in its own name. */
  | { readonly kind: "page"; readonly status: number; readonly forward?: boolean }
  /** The connection is reset (RST); with `forward` only the answer is lost. */
  | { readonly kind: "reset"; readonly forward?: boolean }
  /** The connection is reset when so many bytes of the body have come, all of which the server has seen. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Body and answer trickle: neither is passed on faster. */
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  /** The request is taken whole and forwarded after a while, whether or not the client still waits. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Nothing is ever answered, and the connection stays open until the client or the proxy closes it. */
  | { readonly kind: "silence"; readonly forward?: boolean };

export interface FaultRule {
  readonly when: (request: SeenRequest) => boolean;
  /** Acts from the n-th matching request on, 1 being the next; default 1. */
  readonly nth?: number;
  /** On how many of them; default 1, `Infinity` for all. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`, to be used in place of the server's endpoint. */
  readonly endpoint: string;
  readonly requests: readonly SeenRequest[];
  /** Adds a rule; of several that act on a request, the oldest counts. */
  inject(rule: FaultRule): void;
  /** Forgets the rules and the requests seen. */
  reset(): void;
  close(): Promise<void>;
}

/** Whether a request is that S3 operation (and that part). */
export function isOperation(name: string, partNumber?: number): (request: SeenRequest) => boolean {
  return (request) => request.name === name && (partNumber === undefined || request.partNumber === partNumber);
}

/** Whether a request stores a small object whose key holds that. */
export function isPutOf(text: string): (request: SeenRequest) => boolean {
  return ({ name, key }) => name === "PutObject" && key.includes(text);
}

/**
 * Puts an HTTP proxy in front of a real S3 server. Requests pass unchanged, the Host header included, so that their
 * signatures stay valid; those that a rule matches meet its fault.
 */
export async function startFaultProxy(upstreamEndpoint: string): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  let rules: { readonly rule: FaultRule; matched: number }[] = [];
  const faultFor = (request: SeenRequest): Fault | undefined => {
    const matching = rules.filter(({ rule }) => rule.when(request));
    for (const entry of matching) entry.matched += 1;
    return matching.find(({ rule: { nth = 1, times = 1 }, matched }) => matched >= nth && matched < nth + times)?.rule
      .fault;
  };
  const server = createServer((incoming, outgoing) => {
    const seen = seenOf(incoming);
    requests.push(seen);
    const fault = faultFor(seen);
    seen.isFaulted = fault !== undefined;
    outgoing.once("finish", () => (seen.status = outgoing.statusCode));
    const { socket } = incoming; // the message forgets it once it is destroyed
    const exchange = { incoming, outgoing, socket, body: counted(incoming, seen), upstream: new URL(upstreamEndpoint) };
    // Either side may hang up at any time: the client's connection then ends too, as it would without a proxy.
    answer(exchange, fault).catch(() => socket.destroy());
  });
  server.keepAliveTimeout = 0; // the client decides: a connection closed by us would look like a fault
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject: (rule) => void rules.push({ rule, matched: 0 }),
    reset: () => {
      rules = [];
      requests.length = 0;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly socket: Socket;
  readonly body: AsyncIterable<Buffer>;
  readonly upstream: URL;
}

async function answer(exchange: Exchange, fault: Fault | undefined): Promise<void> {
  if (fault === undefined) return passOn(exchange);
  if (fault.kind === "delay") {
    const held = await buffer(exchange.body); // the client may be gone by then, and the server is sent it all the same
    await delay(fault.delayMs, undefined, { ref: false });
    return passOn({ ...exchange, body: Readable.from([held]) as AsyncIterable<Buffer> });
  }
  if (fault.kind === "slow") return passOn(exchange, (bytes) => trickled(bytes, fault.bytesPerSecond));
  if (fault.kind === "cut") return passOn({ ...exchange, body: cut(exchange, fault.afterBytes) });
  if (fault.forward === true) {
    const reply = await forward(exchange);
    reply.resume();
    await once(reply, "end");
  }
  switch (fault.kind) {
    case "error":
      if (fault.forward !== true) await readAll(exchange.body); // or the client would see a reset while sending
      exchange.outgoing.writeHead(fault.status, { "content-type": "application/xml" }).end(errorDocument(fault.code));
      return;
    case "page":
      await readAll(exchange.body);
      exchange.outgoing.writeHead(fault.status, { "content-type": "text/html" }).end("<html>no such page</html>");
      return;
    case "reset":
      exchange.socket.resetAndDestroy();
      return;
    case "silence":
      return;
  }
}

type Change = (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

async function passOn(exchange: Exchange, change: Change = (bytes) => bytes): Promise<void> {
  const reply = await forward({ ...exchange, body: change(exchange.body) });
  exchange.outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
  await pipeline(change(reply), exchange.outgoing);
}

/** Ten pieces a second. */
async function* trickled(bytes: AsyncIterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const pieceBytes = Math.ceil(bytesPerSecond / 10);
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      await delay((piece.length / bytesPerSecond) * 1000, undefined, { ref: false });
      yield piece;
    }
  }
}

async function* cut({ socket, body }: Exchange, afterBytes: number): AsyncGenerator<Buffer> {
  let left = afterBytes;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left > 0) continue;
    socket.resetAndDestroy();
    throw new Error("cut by the fault proxy");
  }
}

/** Sends the request as it came: SigV4 signs the Host header, so it stays that of the proxy. */
async function forward({ incoming, body, upstream }: Exchange): Promise<IncomingMessage> {
  const { hostname: host, port } = upstream;
  const { method, url: path } = incoming;
  const headers = forwardedHeaders(incoming);
  // No connection is used twice: one that the server has closed meanwhile would look like a fault.
  const request = httpRequest({ host, port, method, path, headers, setHost: false, agent: false });
  const reply = once(request, "response") as Promise<[IncomingMessage]>;
  // A failure to send is the request's error too, so "reply" tells it; after an early refusal only the answer counts.
  pipeline(body, request).catch(() => undefined);
  const [message] = await reply;
  return message;
}

/** All headers but those that speak of the connection; "100 Continue" has been answered by the proxy. */
function forwardedHeaders({ headersDistinct }: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, [first, ...more] = []] of Object.entries(headersDistinct)) {
    if (first === undefined || name === "connection" || name === "expect") continue;
    headers[name] = more.length === 0 ? first : [first, ...more];
  }
  return headers;
}

function seenOf({ method = "GET", url = "/", headers }: IncomingMessage): SeenRequest {
  return { ...s3OperationOf(method, url), method, target: url, headers, bodyBytes: 0, isFaulted: false };
}

async function* counted(incoming: IncomingMessage, seen: SeenRequest): AsyncGenerator<Buffer> {
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    seen.bodyBytes += chunk.length;
    yield chunk;
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  let isAtEnd = false;
  while (!isAtEnd) isAtEnd = (await chunks.next()).done === true;
}

function errorDocument(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected by the test bed</Message></Error>`;
}

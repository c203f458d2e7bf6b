import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Certificate } from "../bed/certificates.ts";

/** A request on its way to the server. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
  /** How many requests have begun with the same path, up to its query; this one included. */
  readonly number: number;
}

/** What becomes of it: nothing special, an answer of the proxy's own, a change of the server's, or half of it and a cut. */
export type Fate =
  | undefined
  | { readonly status: number; readonly body: object }
  | { readonly change: (answer: string) => string }
  | "cut";

export interface SearchProxy {
  readonly port: number;
  readonly close: () => void;
}

/** An HTTP or HTTPS proxy in front of a search server, which decides on each request. */
export async function startSearchProxy(
  server: { readonly host: string; readonly port: number },
  decide: (request: ProxiedRequest) => Fate | Promise<Fate>,
  certificate?: Certificate,
): Promise<SearchProxy> {
  const numbers = new Map<string, number>();
  const listener: http.RequestListener = (incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => outgoing.destroy());
  };
  async function pass(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = incoming;
    const body = await buffer(incoming);
    const name = path.split("?")[0] ?? "";
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    const fate = await decide({
      method,
      path,
      body: body.toString("utf8"),
      authorization: headers.authorization,
      number,
    });
    if (typeof fate === "object" && "status" in fate) {
      outgoing.writeHead(fate.status, { "content-type": "application/json" }).end(JSON.stringify(fate.body));
      return;
    }
    const { host, port } = server;
    const request = http.request({
      host,
      port,
      method,
      path,
      headers: { ...typeOf(headers), "content-length": body.length },
    });
    request.end(body);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once("response", resolve).once("error", reject);
    });
    const answer = await buffer(response);
    const sent = typeof fate === "object" ? Buffer.from(fate.change(answer.toString("utf8"))) : answer;
    outgoing.writeHead(response.statusCode ?? 0, { "content-type": "application/json", "content-length": sent.length });
    if (fate === "cut") outgoing.write(sent.subarray(0, sent.length / 2), () => outgoing.destroy());
    else outgoing.end(sent);
  }
  const proxy =
    certificate === undefined
      ? http.createServer(listener)
      : https.createServer(
          { cert: readFileSync(certificate.certificateFile), key: readFileSync(certificate.keyFile) },
          listener,
        );
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

function typeOf(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const type = headers["content-type"];
  return type === undefined ? {} : { "content-type": type };
}

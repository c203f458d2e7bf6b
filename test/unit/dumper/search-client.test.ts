import { afterEach, expect, test } from "@jest/globals";
import * as net from "node:net";
import { openClient, type SearchClient } from "../../../dumper/source/search/client.ts";
import { searchFailed } from "../../../dumper/source/search/server-failure.ts";

const body = "x".repeat(1000);
const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`;

let server: net.Server | null = null;
const connections = new Set<net.Socket>();
afterEach(() => {
  server?.close();
  for (const connection of connections) connection.destroy();
});

/** A client of a server that answers each request in pieces, with a pause before each. */
async function clientOf(pieces: readonly string[], pauseMs: number, timeoutMs: number): Promise<SearchClient> {
  server = net.createServer((connection) => {
    connections.add(connection);
    connection.once("data", () => {
      pieces.forEach((piece, number) => setTimeout(() => connection.write(piece), pauseMs * (number + 1)));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return openClient({ scheme: "http", host: "127.0.0.1", port, credentials: null, caFile: null }, timeoutMs);
}

test.each([
  ["at all", []],
  ["after the head of its answer", [head]],
  ["after half of its answer", [head, body.slice(1)]],
])("a request that the server does not answer, %s, ends and says so", async (_, pieces) => {
  const client = await clientOf(pieces, 1, 100);

  const sent = client.send({ method: "GET", path: "/", idempotent: true }, new AbortController().signal);

  const error = await sent.catch((thrown: unknown) => searchFailed(thrown, "the cluster cannot be looked at", client));
  expect(error).toMatchObject({
    message: expect.stringMatching(/the server did not answer within 0.1 seconds; look at the server's load and log/),
  });
  client.close();
});

test("an answer that comes in pieces may take longer than that", async () => {
  const client = await clientOf([head, body.slice(0, 300), body.slice(300, 600), body.slice(600)], 400, 1000);

  const answer = await client.send({ method: "GET", path: "/", idempotent: true }, new AbortController().signal);

  expect(answer.toString()).toBe(body);
  client.close();
});

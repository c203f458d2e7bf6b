import type { SearchClient } from "./client.ts";

/** The answer to a GET request, parsed. */
export async function ask(client: SearchClient, path: string, signal: AbortSignal): Promise<unknown> {
  return JSON.parse((await client.send({ method: "GET", path, idempotent: true }, signal)).toString("utf8")) as unknown;
}

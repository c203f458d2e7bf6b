import * as z from "zod";
import { messageOf } from "../../failure.ts";
import type { SearchClient } from "./client.ts";
import { pathOf } from "./index-names.ts";
import { isUnknownRequest } from "./server-failure.ts";

/** How long a search context may go unused. Every page begins it anew. */
export const keepAlive = "15m";

/** The state of some indices at one moment, which the server keeps for us. */
export interface PointInTime {
  readonly id: string;
  /** How long it may go unused: {@link keepAlive}, or less where the cluster allows no more. */
  readonly keptFor: string;
  readonly isOpenSearch: boolean;
}

/** What servers say of a time that is above `search.max_keep_alive` or `point_in_time.max_keep_alive`. */
const tooLong = /Keep alive for request .* is too large\. It must be less than \((\w+)\)/;

const Opened = z.union([z.object({ id: z.string() }), z.object({ pit_id: z.string() })]);

/** Null when the server has no such thing. It must be closed. */
export async function openPointInTime(
  client: SearchClient,
  names: readonly string[],
  isOpenSearch: boolean,
  signal: AbortSignal,
  keptFor = keepAlive,
): Promise<PointInTime | null> {
  const path = isOpenSearch
    ? // Without the last parameter shards that cannot be read would be left out in silence.
      `${pathOf(names)}/_search/point_in_time?keep_alive=${keptFor}&allow_partial_pit_creation=false`
    : `${pathOf(names)}/_pit?keep_alive=${keptFor}`;
  try {
    // One that is opened twice is let go of by the server after a while.
    const answer = await client.send({ method: "POST", path, idempotent: true }, signal);
    const opened = Opened.parse(JSON.parse(answer.toString("utf8")));
    return { id: "id" in opened ? opened.id : opened.pit_id, keptFor, isOpenSearch };
  } catch (error) {
    if (isUnknownRequest(error)) return null;
    const longest = tooLong.exec(messageOf(error))?.[1];
    if (longest !== undefined && longest !== keptFor)
      return openPointInTime(client, names, isOpenSearch, signal, longest);
    throw error;
  }
}

/** Lets go of it. A failure is none of ours: the server does the same after {@link keepAlive}. */
export async function closePointInTime(client: SearchClient, { id, isOpenSearch }: PointInTime): Promise<void> {
  const path = isOpenSearch ? "/_search/point_in_time" : "/_pit";
  const body = JSON.stringify(isOpenSearch ? { pit_id: [id] } : { id });
  await letGo(client, path, body);
}

/** Ends something that the server keeps for us, in a moment or not at all. */
export async function letGo(client: SearchClient, path: string, body: string): Promise<void> {
  const signal = AbortSignal.timeout(letGoTimeoutMs);
  await client.send({ method: "DELETE", path, body, idempotent: false }, signal).catch(() => null);
}

const letGoTimeoutMs = 2_000;

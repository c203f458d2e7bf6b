import { messageOf } from "../../failure.ts";
import type { Reading } from "./documents.ts";
import { inGroups, pathOf } from "./index-names.ts";
import { isBlocked, isForbidden } from "./server-failure.ts";

/**
 * Has what was written until now found by searches: without it, the last second would be missing, and all since the last refresh
 * of an index whose `refresh_interval` is -1. A server that refuses is told of in the manifest.
 * (https://www.elastic.co/docs/manage-data/data-store/near-real-time-search)
 */
export async function refresh({ client, cluster, notes, signal }: Reading): Promise<void> {
  // A server waits a minute for a shard that is not there; that the index cannot be read is told when it is.
  const there = cluster.selection.read.filter(({ isRed }) => !isRed);
  for (const group of inGroups(there.map(({ name }) => name))) {
    try {
      await client.send({ method: "POST", path: `${pathOf(group)}/_refresh`, idempotent: true }, signal);
    } catch (error) {
      if (!isForbidden(error) && !isBlocked(error)) throw error;
      notes.add(
        `Documents that were written since an index was last refreshed may be missing: the server did not let it be refreshed (${messageOf(error)}).`,
      );
    }
  }
}

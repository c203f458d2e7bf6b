import type { Reading } from "../../contract/diagnostic.ts";
import type { RestoreTarget } from "./target.ts";

/** Reads `http://user@host:port` of an Elasticsearch or OpenSearch cluster. */
export function searchTarget(): Reading<RestoreTarget> {
  return { problem: "Elasticsearch and OpenSearch cannot be restored into yet." };
}

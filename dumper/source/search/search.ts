import type { SearchRequest } from "../../../contract/search-request.ts";
import { RunFailed } from "../../failure.ts";
import type { Source } from "../source.ts";

/** The documents and settings of an Elasticsearch or OpenSearch cluster as JSON lines, one object for each kind of data. */
export function searchSource({ kind }: SearchRequest): Source {
  throw new RunFailed("invalid", `${kind} cannot be dumped yet`, { remedy: "use a newer ksnapshot" });
}

import type { Reading } from "../../contract/diagnostic.ts";
import { Secret } from "../../contract/secret.ts";
import { messageOf, RunFailed } from "../failure.ts";
import { openClient, type SearchClient } from "../source/search/client.ts";
import { addressOf, type SearchEndpoint } from "../source/search/endpoint.ts";
import { restoreAdvice, searchFailed } from "../source/search/server-failure.ts";
import { restoreSearch } from "./search-restore.ts";
import type { RestoreReport } from "./report.ts";
import { decoded, hostOf } from "./target-url.ts";
import type { Restorable, RestoreOptions, RestoreTarget } from "./target.ts";

const form = "http[s]://[<user>@]<host>[:<port>][?cafile=<file>]";
const defaultPort = 9200;

/** Reads `https://user@host:9200?cafile=ca.pem` of an Elasticsearch or OpenSearch cluster. */
export function searchTarget(url: URL, text: string): Reading<RestoreTarget> {
  const unknown = [...url.searchParams.keys()].find((name) => name !== "cafile");
  if (unknown !== undefined || url.pathname !== "/" || url.hash !== "") {
    return { problem: `The target is not of the form ${form}.` };
  }
  const endpoint = {
    scheme: url.protocol === "https:" ? ("https" as const) : ("http" as const),
    host: hostOf(url),
    port: portOf(url, text),
    caFile: url.searchParams.get("cafile"),
  };
  const username = decoded(url.username);
  if (username === null) return { problem: "The target's user is not percent-encoded." };
  return {
    value: {
      family: "search",
      account: username === "" ? addressOf({ ...endpoint, credentials: null }) : `${username} at ${endpoint.host}`,
      passwordVariable: "ELASTICSEARCH_PASSWORD",
      restore: (snapshot, options) =>
        restore(snapshot, { ...endpoint, credentials: credentialsOf(username, options) }, options),
    },
  };
}

/** A URL keeps no port that is its scheme's own; without one, search engines listen on 9200. */
function portOf(url: URL, text: string): number {
  if (url.port !== "") return Number(url.port);
  const said = /^\w+:\/\/[^/?#]*:(\d+)(?=[/?#]|$)/.exec(text)?.[1];
  return said === undefined ? defaultPort : Number(said);
}

/** An API key is taken from the environment when no user is named. */
function credentialsOf(username: string, { password, env }: RestoreOptions): SearchEndpoint["credentials"] {
  const key = env["ELASTICSEARCH_API_KEY"];
  if (username === "") return key === undefined || key === "" ? null : { kind: "api-key", key: new Secret(key) };
  return password === null ? null : { kind: "basic", username, password };
}

async function restore(
  snapshot: Restorable,
  endpoint: SearchEndpoint,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const client = openClient(endpoint);
  const progress = { hasBegun: false };
  try {
    return await restoreSearch(snapshot, client, options, progress);
  } catch (error) {
    options.signal.throwIfAborted();
    throw progress.hasBegun
      ? halfDone(error, client)
      : searchFailed(error, "the target cannot be restored into", client, restoreAdvice);
  } finally {
    client.close();
  }
}

function halfDone(error: unknown, client: SearchClient): RunFailed {
  const { message, code, cause } = searchFailed(error, "the restore ended in the middle", client, restoreAdvice);
  const remedy = "the target holds a part of the snapshot and must be discarded before the next attempt";
  return new RunFailed(code, message, { remedy, cause: cause ?? messageOf(error) });
}

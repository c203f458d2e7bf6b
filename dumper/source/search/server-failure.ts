import { credentialSecrets } from "../../../contract/search-request.ts";
import { scrub } from "../../../contract/secret.ts";
import { messageOf, RunFailed } from "../../failure.ts";
import { remedyFor, type Remedies } from "../../remedies.ts";
import { AnswerTooLong, noAnswer, type SearchClient, ServerRefused, Unreachable } from "./client.ts";
import { addressOf } from "./endpoint.ts";

/** What to do where it depends on who asks: what a server is reached by was given in another way. */
export interface Advice {
  readonly reach: string;
  readonly authority: string;
  readonly plain: string;
  readonly tls: string;
  readonly signIn: string;
}

const dumpAdvice: Advice = {
  reach: "check ELASTICSEARCH_HOST and ELASTICSEARCH_PORT",
  authority: "name the authority's certificate by ELASTICSEARCH_CA_FILE",
  plain: "set ELASTICSEARCH_SCHEME to http",
  tls: "set ELASTICSEARCH_SCHEME to https",
  signIn: "check the user and password, or the API key, that are sent",
};

/** Where a person restores. */
export const restoreAdvice: Advice = {
  reach: "check the host and port in --to",
  authority: "name the authority's certificate by ?cafile=<file> in --to",
  plain: "let --to begin with http://",
  tls: "let --to begin with https://",
  signIn:
    "check the user in --to and the password in ELASTICSEARCH_PASSWORD, or without a user the API key in ELASTICSEARCH_API_KEY",
};

/** What connections say. */
const connectionRemedies = ({ authority, plain, tls }: Advice): Remedies => [
  [/certificate|self.signed|issuer|altnames/i, `${authority}, and the host as the certificate does`],
  [/wrong version number|EPROTO|packet length/i, `the server speaks no TLS on that port: ${plain}`],
  [
    /socket hang up|ECONNRESET|aborted/i,
    `look at the server's log for what ended the connection; if it speaks only TLS, ${tls}`,
  ],
];
const silentRemedy =
  "look at the server's load and log, and at what stands between (a proxy, a network policy), and run again when it answers";

/** What the server's own kinds of error mean. */
export const typeRemedies: Remedies = [
  [
    /search_context_missing|no_search_context/,
    "the server has let go of the point in time that is read, because a node ended or because it was closed: run again when the cluster is well",
  ],
  [
    /no_shard_available|search_phase_execution|unavailable_shards/,
    "a shard cannot be read: wait until the cluster's health is not red, and run again",
  ],
  [/index_not_found|index_closed/, "an index was removed or closed while it was read: run again"],
  [
    /circuit_breaking|rejected_execution/,
    "the server has too little memory or too much work: lower elasticsearch-limit, or run at a quieter time",
  ],
];

/**
 * Turns what was thrown while a cluster was asked into what the user is told.
 * @param doing `the documents cannot be read`
 * @param advice default: what one who dumps is told
 */
export function searchFailed(
  error: unknown,
  doing: string,
  { endpoint }: SearchClient,
  advice: Advice = dumpAdvice,
): RunFailed {
  if (error instanceof RunFailed) return error;
  const said = scrub(messageOf(error), credentialSecrets(endpoint.credentials));
  const problem = `${doing} (${addressOf(endpoint)}): ${said}`;
  return new RunFailed("source", problem, {
    remedy: remedyOf(error, advice),
    cause: error,
    isPasswordMissing: error instanceof ServerRefused && error.status === 401 && endpoint.credentials === null,
  });
}

/** Whether the account may not do what was asked. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ServerRefused && error.status === 403 && !isBlocked(error);
}

/** Whether the cluster or an index is closed to such requests, whoever asks: the server's status is 403 as well. */
export function isBlocked(error: unknown): boolean {
  return error instanceof ServerRefused && error.type === "cluster_block_exception";
}

/** https://www.elastic.co/docs/reference/elasticsearch/index-settings/index-block */
export const blockRemedy =
  "take off the block that the server names: index.blocks.read, .metadata, .write or .read_only of the index, or cluster.blocks.*";

/** Whether the server does not know such a request: a feature that it lacks, or that its distribution leaves out. */
export function isUnknownRequest(error: unknown): boolean {
  if (!(error instanceof ServerRefused)) return false;
  return (
    error.status === 405 || /no handler found for uri|must not start with '_'|no such index \[_/.test(error.message)
  );
}

/** The same, or that there is nothing of the kind: some answer 404 to a request for all where there is none. */
export function isNothing(error: unknown): boolean {
  return isUnknownRequest(error) || (error instanceof ServerRefused && error.status === 404);
}

function remedyOf(error: unknown, advice: Advice): string {
  if (error instanceof Unreachable) {
    if (error.message.startsWith(noAnswer)) return silentRemedy;
    const said = `${messageOf(error.cause)} ${(error.cause as NodeJS.ErrnoException).code ?? ""}`;
    return remedyFor(said, connectionRemedies(advice)) ?? `${advice.reach}, the network, and that the server runs`;
  }
  if (error instanceof ServerRefused) {
    if (isBlocked(error)) return blockRemedy;
    if (error.status === 401) return advice.signIn;
    if (error.status === 403) return "grant the account what the server names, or use another";
    return remedyFor(error.type, typeRemedies) ?? "look at the server's log";
  }
  if (error instanceof AnswerTooLong) return "lower elasticsearch-limit";
  return "run again; if it happens again, what stands between here and the server changes its answers";
}

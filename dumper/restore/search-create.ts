import { RunFailed } from "../failure.ts";
import { type SearchClient, ServerRefused } from "../source/search/client.ts";
import { blockRemedy, isBlocked } from "../source/search/server-failure.ts";
import type { Creation } from "./search-definitions.ts";
import type { SearchReport } from "./search-report.ts";

/** Where definitions go, and how. */
export interface Creating {
  readonly client: SearchClient;
  /** Whether one that is there already may stay. */
  readonly mayExist: boolean;
  readonly report: SearchReport;
  readonly signal: AbortSignal;
}

const olderRemedy = "restore into a cluster of the same product that is not older and has the same features";

/** Makes one thing. `refused`: by the server, and the restore goes on. @throws {RunFailed} when it does not go on */
export async function create(one: Creation, creating: Creating): Promise<"made" | "existed" | "refused"> {
  const refusal = await tryToCreate(one, creating);
  if (refusal === null) return "made";
  if (creating.mayExist && refusal.type === "resource_already_exists_exception") return "existed";
  const remedy = isBlocked(refusal) ? blockRemedy : olderRemedy;
  const problem = `the server does not take ${one.what}: ${refusal.message}`;
  creating.report.fail(new RunFailed("source", problem, { remedy, cause: refusal }));
  return "refused";
}

/** Makes one thing. Gives what the server says when it does not take it. */
export async function tryToCreate(
  { method, path, body }: Creation,
  { client, signal }: Pick<Creating, "client" | "signal">,
): Promise<ServerRefused | null> {
  try {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    await client.send({ method, path, ...content, idempotent: false }, signal);
    return null;
  } catch (error) {
    if (error instanceof ServerRefused) return error;
    throw error;
  }
}

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
export async function create(
  { what, method, path, body }: Creation,
  creating: Creating,
): Promise<"made" | "existed" | "refused"> {
  const { client, mayExist, report, signal } = creating;
  try {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    await client.send({ method, path, ...content, idempotent: false }, signal);
    return "made";
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error;
    if (mayExist && error.type === "resource_already_exists_exception") return "existed";
    const remedy = isBlocked(error) ? blockRemedy : olderRemedy;
    report.fail(
      new RunFailed("source", `the server does not take ${what}: ${error.message}`, { remedy, cause: error }),
    );
    return "refused";
  }
}

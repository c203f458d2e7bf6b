import { startControlPlane, startNode } from "./cluster.ts";
import { progress } from "./cache.ts";
import { startMariadb } from "./mariadb.ts";
import { startMysql } from "./mysql.ts";
import { isRunning } from "./process.ts";
import { startPostgres } from "./postgres.ts";
import { startVersitygw } from "./s3.ts";
import { startSearch } from "./search.ts";
import { descriptionOf, discard, journal, lastingState, starting, stateNamed, type State } from "./state.ts";
import { startToxiproxy } from "./toxiproxy.ts";

export const partNames = [
  "control",
  "node",
  "postgres",
  "s3",
  "toxiproxy",
  "mysql",
  "mariadb",
  "elasticsearch",
  "opensearch",
] as const;

/** What a person starts by name; each lives until `down`. Tests start their own with the functions called here. */
export type PartName = (typeof partNames)[number];

const starters: Readonly<Record<PartName, (state: State) => Promise<unknown>>> = {
  control: (state) => startControlPlane({ state }),
  node: (state) => startNode({ state }),
  postgres: (state) => startPostgres({ major: 18, state }),
  s3: startVersitygw,
  toxiproxy: startToxiproxy,
  mysql: (state) => startMysql({ version: "9", state }),
  mariadb: (state) => startMariadb({ version: "11.8", state }),
  elasticsearch: (state) => startSearch({ product: "elasticsearch", version: "9" }, { state }),
  opensearch: (state) => startSearch({ product: "opensearch", version: "3" }, { state }),
};

/** Starts a part, or leaves it as it is when all its processes run. Leftovers of an earlier one are removed first. */
export async function up(part: PartName): Promise<void> {
  if (isUp(stateNamed(part))) {
    progress(`${part} runs already`);
    return;
  }
  await discard(stateNamed(part));
  progress(`starting ${part}`);
  const state = lastingState(part);
  await starting(state, () => starters[part](state));
}

function isUp(state: State): boolean {
  const processes = journal(state).filter((entry) => entry.kind === "process");
  return descriptionOf(state) !== undefined && processes.length > 0 && processes.every(isRunning);
}

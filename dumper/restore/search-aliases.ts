import { RunFailed } from "../failure.ts";
import { create, type Creating, tryToCreate } from "./search-create.ts";
import type { Creation, Named } from "./search-definitions.ts";

/** Aliases by the index or data stream that they are of. */
export type Aliases = Named<{ readonly aliases: Named<object> }>;

interface Addition {
  readonly index: string;
  readonly alias: string;
}

/**
 * Makes all aliases by as few requests as there can be: the server takes all of a request, or none.
 * @param missing what the server has not taken, whose aliases are passed over and reported
 */
export async function makeAliases(aliases: Aliases, missing: ReadonlySet<string>, creating: Creating): Promise<void> {
  const all = Object.entries(aliases).flatMap(([index, { aliases: own }]) =>
    Object.entries(own).map(([alias, options]) => ({ index, alias, ...options })),
  );
  for (const { index, alias } of all.filter(({ index }) => missing.has(index))) {
    const problem = `the alias ${alias} of index ${index}: the index is not there`;
    creating.report.fail(new RunFailed("source", problem, { remedy: "make it when the index is" }));
  }
  await add(
    all.filter(({ index }) => !missing.has(index)),
    creating,
  );
}

/** Halves what is refused until the aliases are found that the server does not take. */
async function add(additions: readonly Addition[], creating: Creating): Promise<void> {
  if (additions.length === 0) return;
  const one = creationOf(additions);
  if (additions.length === 1 || !creating.report.keepsGoing) {
    await create(one, creating);
  } else if ((await tryToCreate(one, creating)) !== null) {
    const middle = Math.ceil(additions.length / 2);
    await add(additions.slice(0, middle), creating);
    await add(additions.slice(middle), creating);
  }
}

function creationOf(additions: readonly Addition[]): Creation {
  const [first] = additions;
  const what = additions.length === 1 ? `alias ${first?.alias} of index ${first?.index}` : "aliases";
  return { what, method: "POST", path: "/_aliases", body: { actions: additions.map((add) => ({ add })) } };
}

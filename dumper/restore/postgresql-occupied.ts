import { RunFailed } from "../failure.ts";
import type { RestoreOptions } from "./target.ts";

/** Not of the system and not of an extension. */
const isOwn = (catalog: string, oid: string, namespace: string) => `
${namespace} IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** What a database holds, as JSON: tables, views and sequences; routines; types that are no table's; large objects. */
export const occupantsQuery = `
SELECT pg_catalog.json_build_object(
  'relations', (SELECT count(*) FROM pg_catalog.pg_class c
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${isOwn("pg_class", "c.oid", "c.relnamespace")}),
  'routines', (SELECT count(*) FROM pg_catalog.pg_proc p WHERE ${isOwn("pg_proc", "p.oid", "p.pronamespace")}),
  'types', (SELECT count(*) FROM pg_catalog.pg_type t
            WHERE t.typtype IN ('d', 'e', 'r') AND ${isOwn("pg_type", "t.oid", "t.typnamespace")}),
  'largeObjects', (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata))`;

export interface Occupants {
  readonly relations: number;
  readonly routines: number;
  readonly types: number;
  readonly largeObjects: number;
}

/** @throws {RunFailed} when a database is not empty and was not allowed to be, or would lose what it has */
export function refuseOccupied(
  database: string,
  occupants: Occupants,
  { intoNonEmpty, keepGoing }: RestoreOptions,
): void {
  const { relations, routines, types, largeObjects } = occupants;
  const name = JSON.stringify(database);
  const held = [
    ...(relations > 0 ? [`${relations} tables, views and sequences`] : []),
    ...(routines > 0 ? [`${routines} routines`] : []),
    ...(types > 0 ? [`${types} types`] : []),
    ...(largeObjects > 0 ? [`${largeObjects} large objects`] : []),
  ];
  if (held.length > 0 && !intoNonEmpty) {
    throw new RunFailed("invalid", `the database ${name} is not empty: it has ${held.join(", ")}`, {
      remedy: "restore into an empty database, or add --into-non-empty",
    });
  }
  // A large object has a number and no name: where making one fails because the number is taken, its bytes are written all the same.
  if (largeObjects > 0 && keepGoing) {
    throw new RunFailed(
      "invalid",
      `the database ${name} has ${largeObjects} large objects, which --keep-going would write over`,
      {
        remedy: "restore into another database, or leave --keep-going out",
      },
    );
  }
}

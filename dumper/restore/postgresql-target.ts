import type { Reading } from "../../contract/diagnostic.ts";
import { either } from "../../contract/field-reader.ts";
import { sslModes } from "../../contract/postgresql-request.ts";
import { RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { findClients, newestClients, withClients } from "../source/postgresql-clients.ts";
import { emptyTarget, restoreDatabase } from "./postgresql-database.ts";
import { isGlobals, restoreServer } from "./postgresql-server.ts";
import type { RestoreReport } from "./report.ts";
import { decoded, hostOf } from "./target-url.ts";
import type { Restorable, RestoreOptions, RestoreTarget } from "./target.ts";

const form = "postgres://<user>@<host>[:<port>][/<database>][?sslmode=<mode>&sslrootcert=<file>]";

/** Null: the server, and each dump goes into the database of its name. */
export interface ServerOrDatabase extends Omit<PostgresqlTarget, "database"> {
  readonly database: string | null;
}

/** Reads `postgres://user@host:port/database?sslmode=…&sslrootcert=…`; without a database it is the whole server. */
export function postgresqlTarget(url: URL): Reading<RestoreTarget> {
  const reading = parsePostgresqlTarget(url);
  if ("problem" in reading) return reading;
  const target = reading.value;
  return {
    value: {
      family: "postgresql",
      account: `${target.username} at ${target.host}`,
      passwordVariable: "PGPASSWORD",
      restore: (snapshot, options) => restore(snapshot, { ...target, password: options.password }, options),
    },
  };
}

export function parsePostgresqlTarget(url: URL): Reading<ServerOrDatabase> {
  const database = decoded(url.pathname.slice(1));
  const username = decoded(url.username);
  if (!url.hostname || !username || database === null) {
    return {
      problem: `The target names no ${!url.hostname ? "host" : !username ? "user" : "database"}; its form is ${form}.`,
    };
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== "sslmode" && name !== "sslrootcert");
  if (unknown !== undefined)
    return { problem: `The target's parameter ${JSON.stringify(unknown)} is not sslmode or sslrootcert.` };
  const given = url.searchParams.get("sslmode") ?? "prefer";
  const sslMode = sslModes.find((mode) => mode === given);
  if (sslMode === undefined)
    return { problem: `The target's sslmode ${JSON.stringify(given)} is not ${either(sslModes)}.` };
  return {
    value: {
      host: hostOf(url),
      port: url.port === "" ? 5432 : Number(url.port),
      username,
      password: null,
      database: database === "" ? null : database,
      sslMode,
      caFile: url.searchParams.get("sslrootcert"),
    },
  };
}

/** One object into one database, or each into the database of its name. */
async function restore(
  snapshot: Restorable,
  target: ServerOrDatabase,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const found = await findClients("psql", options.env, options.signal);
  const withNewest = { ...options, env: withClients(newestClients(found), options.env) };
  const { database } = target;
  return database === null
    ? restoreServer(snapshot, target, withNewest)
    : restoreOne(snapshot, { ...target, database }, withNewest);
}

/** The one object. */
async function restoreOne(
  snapshot: Restorable,
  target: PostgresqlTarget,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const [object, ...others] = snapshot.objects;
  if (object === undefined || others.length > 0) {
    const names = snapshot.objects.map(({ stored }) => JSON.stringify(stored.name)).join(", ");
    throw new RunFailed("invalid", "the snapshot has several objects, and the target is one database", {
      remedy: `name a server without a database by --to, or one of the objects by --object: ${names}`,
    });
  }
  if (isGlobals(object, snapshot)) {
    throw new RunFailed("invalid", `${object.stored.key} holds what the databases of a server share`, {
      remedy: "name a server without a database by --to",
    });
  }
  const fit = await emptyTarget(object, target, options);
  return restoreDatabase(object, target, fit, options);
}

import type { Reading } from "../../contract/diagnostic.ts";
import { either } from "../../contract/field-reader.ts";
import { sslModes } from "../../contract/postgresql-request.ts";
import { RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { withoutNewerSettings } from "./older-server.ts";
import { observeTarget, runInTransaction } from "./psql.ts";
import type { Restorable, RestoreOptions, RestoreTarget } from "./target.ts";

const form = "postgres://<user>@<host>[:<port>]/<database>[?sslmode=<mode>&sslrootcert=<file>]";

/** Reads `postgres://user@host:port/database?sslmode=…&sslrootcert=…`. */
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

export function parsePostgresqlTarget(url: URL): Reading<PostgresqlTarget> {
  const database = decode(url.pathname.slice(1));
  const username = decode(url.username);
  if (!url.hostname || !username || !database) {
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
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? 5432 : Number(url.port),
      username,
      password: null,
      database,
      sslMode,
      caFile: url.searchParams.get("sslrootcert"),
    },
  };
}

/** All of it in one transaction, which is committed after the last stored byte was read and found right. */
async function restore({ objects }: Restorable, target: PostgresqlTarget, options: RestoreOptions): Promise<void> {
  const { intoNonEmpty, env, signal } = options;
  const [object, ...others] = objects;
  if (object === undefined || others.length > 0) {
    const keys = objects.map(({ stored }) => stored.key).join(", ");
    throw new RunFailed("invalid", "the snapshot has several objects", { remedy: `give the key of one: ${keys}` });
  }
  const { relations, serverVersion } = await observeTarget(target, env, signal);
  if (relations > 0 && !intoNonEmpty) {
    throw new RunFailed(
      "invalid",
      `the database ${JSON.stringify(target.database)} is not empty: it has ${relations} tables, views and sequences`,
      { remedy: "restore into an empty database, or add --into-non-empty" },
    );
  }
  await runInTransaction(withoutNewerSettings(object.content(), serverVersion), target, env, signal);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // URIError: a lone percent sign
  }
}

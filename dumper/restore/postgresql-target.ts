import type { Reading } from "../../contract/diagnostic.ts";
import { sslModes } from "../../contract/dump-request.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";

/** Reads `postgres://user@host:port/database?sslmode=…&sslrootcert=…`. A password in it is refused: others could read it. */
export function parsePostgresqlTarget(text: string): Reading<PostgresqlTarget> {
  const url = URL.parse(text);
  const form = "postgres://<user>@<host>[:<port>]/<database>[?sslmode=<mode>&sslrootcert=<file>]";
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol))
    return { problem: `The target is not of the form ${form}.` };
  if (url.password !== "") {
    return {
      problem:
        "The target holds a password, which every user of this machine could read. Leave it out: it is taken from PGPASSWORD, from ~/.pgpass, or asked for on a terminal.",
    };
  }
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
    return { problem: `The target's sslmode ${JSON.stringify(given)} is not one of ${sslModes.join(", ")}.` };
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

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // URIError: a lone percent sign
  }
}

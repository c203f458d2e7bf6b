import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { Postgres } from "./postgres.ts";

const run = promisify(execFile);

/** Who asks, and where. */
export interface Session {
  readonly postgres: Postgres;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** One table's rows, summed up so that neither their order nor where they lie on the disk matters. */
export interface TableContents {
  readonly table: string;
  readonly rows: number;
  /** The sum of a 64-bit hash of each row's text. */
  readonly hash: string;
}

/** A session of the superuser. */
export function asSuperuser(postgres: Postgres, database: string): Session {
  return { postgres, database, user: postgres.superuser, password: postgres.password };
}

/** Runs one statement and gives what it says. @throws {Error} with psql's words */
export async function query(session: Session, sql: string): Promise<string> {
  const { file, args, env } = psql(session);
  const { stdout } = await run(file, [...args, "-c", sql], { env });
  return stdout.trim();
}

/** Runs a file of SQL, by psql's standard input. @throws {Error} with psql's words */
export async function runFile(session: Session, path: string): Promise<void> {
  const { file, args, env } = psql(session);
  const running = run(file, [...args, "-f", "-"], { env });
  if (running.child.stdin !== null) await pipeline(createReadStream(path), running.child.stdin);
  await running;
}

/** Every table of the schema `public`, in the order of names. */
export async function contentsOf(session: Session): Promise<readonly TableContents[]> {
  const list =
    "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
  const tables = (await query(session, list)).split("\n").filter((name) => name !== "");
  const contents: TableContents[] = [];
  for (const table of tables) {
    const sum = `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM public.${table} t`;
    const [rows = "0", hash = ""] = (await query(session, sum)).split(" ");
    contents.push({ table, rows: Number(rows), hash });
  }
  return contents;
}

/** Text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function psql({ postgres, database, user, password }: Session) {
  const to = ["-h", postgres.host, "-p", String(postgres.port), "-U", user, "-d", database];
  const env = { PATH: process.env["PATH"], PGPASSWORD: password };
  return { file: join(postgres.programs, "psql"), args: ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...to], env };
}

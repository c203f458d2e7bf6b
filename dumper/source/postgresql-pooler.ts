import { randomUUID } from "node:crypto";
import type { PostgresqlTarget } from "./conninfo.ts";

/** In transactions of their own: a busy pooler may give each to another of its sessions. */
const attempts = 3;

/**
 * Whether another client finds what one has set: the address leads to a pooler that hands its sessions on after each
 * transaction. pg_dump and a restore set what they need before their transaction, and others would then find it.
 * @param ask what a program of ours prints when it runs these statements in a session of its own
 */
export async function sharesSessions(ask: (statements: readonly string[]) => Promise<string>): Promise<boolean> {
  const mark = randomUUID();
  await ask(Array.from({ length: attempts }, () => `SET ksnapshot.run = '${mark}'`));
  // A standby refuses a question in the serializable isolation, which may be the session's, as a time limit may.
  const session = "SET LOCAL statement_timeout = 0; SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ";
  const seen = await ask([`${session}SELECT pg_catalog.current_setting('ksnapshot.run', true)`]);
  return seen.trim() === mark;
}

/** What such an address is told to be, and what to do. */
export function sharedSessions({ host, port }: Pick<PostgresqlTarget, "host" | "port">): {
  readonly problem: string;
  readonly remedy: string;
} {
  return {
    problem: `${host}:${port} is a connection pooler in transaction mode, whose sessions others use, too`,
    remedy: "connect to the server itself, or to a pool in session mode",
  };
}

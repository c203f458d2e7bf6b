import { expect } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { agePrograms } from "../bed/age.ts";
import { run } from "../bed/command.ts";
import type { PostgresServer } from "../bed/postgres.ts";
import { createDatabase, owner, sourceEnv, sql } from "./database.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

/** For a restore as the owner. */
export const password = { PGPASSWORD: owner.password };

/** The URL of a database, as its owner. */
export function target(server: PostgresServer, database: string): string {
  const user = encodeURIComponent(owner.name);
  return `postgres://${user}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
}

/** The key of the one manifest in a storage. */
export async function manifestOf(storage: TestStorage): Promise<string> {
  const manifests = (await storage.objects()).filter((key) => key.endsWith(".manifest.json"));
  expect(manifests).toHaveLength(1);
  return manifests[0] ?? "";
}

/** Makes a database of the owner's, by statements of the owner. */
export async function make(server: PostgresServer, database: string, ...statements: readonly string[]): Promise<void> {
  await createDatabase(server, database);
  await sql(server, database, `SET SESSION AUTHORIZATION "${owner.name}"`, ...statements);
}

/** A storage with a snapshot of the database, not compressed. */
export async function dumped(
  server: PostgresServer,
  database: string,
  more: Readonly<Record<string, string>> = {},
): Promise<TestStorage> {
  const storage = await directoryStorage();
  const env = { ...sourceEnv(server, database), ...storage.env, COMPRESSION: "none", HOSTNAME: "pod", ...more };
  expect(await runDumper(env)).toMatchObject({ exitCode: 0 });
  return storage;
}

/** Restores the snapshot of a storage into a database that is there. */
export async function restoredInto(
  server: PostgresServer,
  storage: TestStorage,
  database: string,
  ...options: readonly string[]
): Promise<Ended> {
  const args = ["restore", await manifestOf(storage), "--to", target(server, database), ...options];
  return runCli(args, { ...storage.env, ...password });
}

/** A key pair of age's, the identity as a file in the folder. */
export async function createIdentity(
  folder: string,
): Promise<{ readonly identity: string; readonly recipient: string }> {
  const { keygen } = await agePrograms();
  const identity = join(folder, "key.txt");
  await run(keygen, ["-o", identity]);
  const key = (await readFile(identity, "utf8")).split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-"));
  return { identity, recipient: await identityToRecipient(key ?? "") };
}

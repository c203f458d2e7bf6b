import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { postgresClients } from "./postgres-clients.ts";
import { type PostgresServer, runPostgres } from "./postgres.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { giveToUnprivileged } from "./unprivileged.ts";

/**
 * Starts a streaming standby of a server of 15 or later, which answers queries. It is a copy of the running server's files
 * between the two calls that make one a backup, as the packages of the bed have no pg_basebackup.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const state = ownedState(`postgres-${primary.major}-standby`);
  return starting(state, () => startCopy(primary, state));
}

async function startCopy(primary: PostgresServer, state: State): Promise<PostgresServer> {
  const { host, port, superuser, password, binDirectory } = primary;
  const data = join(state.directory, "data");
  const label = join(state.directory, "label");
  const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", String(port), "-U", superuser];
  const script = [
    "SELECT pg_backup_start('standby', fast => true);",
    "SELECT current_setting('data_directory') AS from \\gset",
    `\\setenv FROM :from`,
    `\\! cp -a "$FROM" "$TO"`,
    `\\o '${label}'`,
    "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false);",
  ];
  const env = { PGPASSWORD: password, TO: data };
  await run(join(await postgresClients(), "psql"), [...args, "-d", "postgres"], { env, input: script.join("\n") });
  await rm(join(data, "postmaster.pid"));
  await run("cp", [label, join(data, "backup_label")]);
  await writeFile(join(data, "standby.signal"), "");
  for (const name of ["backup_label", "standby.signal"]) await giveToUnprivileged(join(data, name));
  const running = await runPostgres(state, binDirectory, data, {
    ssl: "on",
    primary_conninfo: `host=${host} port=${port} user=${superuser} password=${password}`,
  });
  const description = { ...primary, ...running };
  describe(state, { ...description, address: `${host}:${running.port}` });
  return { ...description, stop: () => discard(state) };
}

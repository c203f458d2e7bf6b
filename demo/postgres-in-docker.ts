import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Postgres } from "./postgres.ts";
import { freePort, throwAwaySettings, untilReady } from "./postgres-server.ts";

const run = promisify(execFile);
const image = "postgres:18";
const passedOn = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGCONNECT_TIMEOUT", "PGAPPNAME"];

/** Whether there is a Docker whose engine answers: a client alone does not count. */
export function hasDocker(): Promise<boolean> {
  return run("docker", ["info"]).then(
    () => true,
    () => false, // no client, or no engine
  );
}

/**
 * Starts the official image. The server listens on the same port inside as outside, so that one address is right for both;
 * the clients are the container's own, behind small scripts.
 * @throws {Error} with Docker's words
 */
export async function startInDocker(work: string, password: string): Promise<Omit<Postgres, "from">> {
  const port = await freePort();
  const settings = Object.entries({ ...throwAwaySettings, port: String(port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const args = ["run", "--detach", "--rm", "--publish", `127.0.0.1:${port}:${port}`, "--env", "POSTGRES_PASSWORD"];
  const { stdout } = await run("docker", [...args, image, ...settings], {
    env: { ...process.env, POSTGRES_PASSWORD: password },
  });
  const container = stdout.trim();
  const stop = async () => {
    await run("docker", ["stop", container]);
  };
  const programs = await writeClients(work, container);
  const server = { programs, host: "127.0.0.1", port, superuser: "postgres", password };
  try {
    await untilReady(server, () => false);
    return { ...server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns the folder of the scripts */
async function writeClients(work: string, container: string): Promise<string> {
  const directory = join(work, "clients");
  await mkdir(directory);
  const env = passedOn.map((name) => `-e ${name}`).join(" ");
  for (const program of ["pg_dump", "psql"]) {
    await writeFile(join(directory, program), `#!/bin/sh\nexec docker exec -i ${env} ${container} ${program} "$@"\n`, {
      mode: 0o755,
    });
  }
  return directory;
}

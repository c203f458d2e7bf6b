import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { debianRoot, type DebianRootSpec } from "./debian.ts";
import { withLock } from "./lock.ts";
import { MARIADB_ROOT } from "./mariadb-server.ts";
import { relocate } from "./mysql-programs.ts";
import { MYSQL_ROOT } from "./mysql-server.ts";

/** A folder with `mysqldump` and `mysql` of MySQL's newest version, which dump every server since 5.7. */
export function mysqlClients(): Promise<string> {
  const plugins = { variable: "LIBMYSQL_PLUGIN_DIR", directory: "usr/lib/mysql/plugin" };
  return clients("mysql-clients-9", { spec: MYSQL_ROOT, programs: ["mysqldump", "mysql"], plugins });
}

/** A folder with `mariadb-dump` and `mariadb` of MariaDB 11.8. */
export function mariadbClients(): Promise<string> {
  const plugins = { variable: "MARIADB_PLUGIN_DIR", directory: "usr/lib/x86_64-linux-gnu/libmariadb3/plugin" };
  return clients("mariadb-clients-11.8", { spec: MARIADB_ROOT, programs: ["mariadb-dump", "mariadb"], plugins });
}

interface ClientsSpec {
  readonly spec: DebianRootSpec;
  readonly programs: readonly string[];
  /** Where the ways to authenticate are looked for, and the variable that says so. */
  readonly plugins: { readonly variable: string; readonly directory: string };
}

async function clients(name: string, { spec, programs, plugins }: ClientsSpec): Promise<string> {
  const target = join(cacheDirectory("packages"), name);
  if (existsSync(target)) return target;
  const root = await debianRoot(spec);
  return withLock(name, async () => {
    if (existsSync(target)) return target;
    const work = `${target}.new`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    for (const program of programs) {
      await relocate(join(root, "usr/bin", program), root, join(work, "programs", program));
      // Where Debian has the plugins is compiled in; the variable stands in for it and becomes nobody else's.
      const script = `#!/bin/sh\n${plugins.variable}='${join(root, plugins.directory)}' exec '${target}/programs/${program}' "$@"\n`;
      await writeFile(join(work, program), script, { mode: 0o755 });
    }
    await rename(work, target);
    return target;
  });
}

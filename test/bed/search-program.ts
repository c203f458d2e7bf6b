import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, progress } from "./cache.ts";
import { run } from "./command.ts";
import { withLock } from "./lock.ts";
import { copyDependencies } from "./maven.ts";
import { type JavaRange, jdk } from "./search-jdk.ts";

const PROGRAMS = join(import.meta.dirname, "programs/search");

/** The search servers that the bed has, each of one release: `programs/search/<product>-<version>/pom.xml` pins it. */
export const searchVersions = [
  { product: "elasticsearch", version: "7.17" },
  { product: "elasticsearch", version: "8" },
  { product: "elasticsearch", version: "9" },
  { product: "opensearch", version: "2" },
  { product: "opensearch", version: "3" },
] as const;
export type SearchVersion = (typeof searchVersions)[number];

/** Elasticsearch since 8 takes HTTP only as a module in a folder of its own, with a class loader of its own. */
interface Layout {
  readonly modular: boolean;
  readonly java: JavaRange;
}

export interface SearchProgram extends Layout {
  /** `lib`, `modules` and `classes`. */
  readonly directory: string;
  readonly java: JavaRange;
  readonly jdk: string;
}

/** A search server's jars and the launcher that runs a node of them, fetched and compiled once. */
export async function searchProgram(server: SearchVersion): Promise<SearchProgram> {
  const layout = layoutOf(server);
  const name = `${server.product}-${server.version}`;
  const source = join(PROGRAMS, name);
  const java = await jdk(layout.java);
  const program = {
    ...layout,
    jdk: java,
    directory: join(cacheDirectory("packages"), `${name}-${keyOf(source, java)}`),
  };
  if (!existsSync(program.directory)) {
    await withLock(name, async () => {
      if (!existsSync(program.directory)) await build(source, program, name);
    });
  }
  return program;
}

function layoutOf({ product, version }: SearchVersion): Layout {
  const modular = product === "elasticsearch" && version !== "7.17";
  const recent = version === "9" || version === "3";
  return { modular, java: recent ? { from: 21, to: 25 } : { from: 17, to: 21 } };
}

async function build(source: string, { directory, modular, jdk: java }: SearchProgram, name: string): Promise<void> {
  progress(`fetching ${name}`);
  const work = await mkdtemp(join(cacheDirectory("packages"), `.${name}-`));
  const lib = join(work, "lib");
  await copyDependencies(join(source, "pom.xml"), lib);
  if (modular) {
    const http = join(work, "modules/transport-netty4");
    await mkdir(http, { recursive: true });
    const jars = (await readdir(lib)).filter((jar) => /^(netty-|transport-netty4)/.test(jar));
    for (const jar of jars) await rename(join(lib, jar), join(http, jar));
    await describeModule(http, lib, "org.elasticsearch.transport.netty4.Netty4Plugin");
    await addRoot(source, work, java);
  }
  await compile(java, join(source, "Main.java"), lib, join(work, "classes"));
  await rename(work, directory);
}

/** The handler of `GET /` as a module beside that of HTTP. */
async function addRoot(source: string, work: string, java: string): Promise<void> {
  const module = join(work, "modules/rest-root");
  const classes = join(work, "root-classes");
  await mkdir(module);
  await compile(java, join(source, "Root.java"), join(work, "lib"), classes);
  await run(join(java, "bin/jar"), ["cf", join(module, "rest-root.jar"), "-C", classes, "."]);
  await describeModule(module, join(work, "lib"), "Root");
}

/** A folder is a module by its descriptor, which must name the very version of the server. */
async function describeModule(folder: string, lib: string, className: string): Promise<void> {
  const jar = /^elasticsearch-(\d.*)\.jar$/m.exec((await readdir(lib)).join("\n"));
  const version = jar?.[1] ?? "";
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const lines = [
    ...[`name=${name}`, `description=${name}`, `version=${version}`, `elasticsearch.version=${version}`],
    ...["java.version=17", `classname=${className}`, "extended.plugins=", "has.native.controller=false"],
  ];
  await writeFile(join(folder, "plugin-descriptor.properties"), `${lines.join("\n")}\nlicensed=false\n`);
}

async function compile(java: string, file: string, lib: string, target: string): Promise<void> {
  await mkdir(target);
  await run(join(java, "bin/javac"), ["-proc:none", "-nowarn", "-d", target, "-cp", `${lib}/*`, file]);
}

/** What is compiled by one JDK may be too new for another. */
function keyOf(source: string, java: string): string {
  const hash = createHash("sha256").update(java);
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  return hash.digest("hex").slice(0, 12);
}

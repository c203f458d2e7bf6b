import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { elasticdump } from "../bed/search-elasticdump.ts";
import type { SearchVersion } from "../bed/search-program.ts";
import { type SearchServer, startSearch } from "../bed/search.ts";
import { runDumper } from "./dumper-process.ts";
import { fill } from "./search-data.ts";
import {
  type ClusterContent,
  contentOf,
  manifestIn,
  restorable,
  send,
  sourceEnv,
  wipe,
  withoutDates,
} from "./search-server.ts";
import { directoryStorage } from "./storages.ts";

const versions: readonly SearchVersion[] = [
  { product: "elasticsearch", version: "9" },
  { product: "opensearch", version: "2" },
];

beforeAll(() => ensureDebianPackages(["curl", "isal", "jq"]), 300_000);

describe.each(versions)("by stock tools, a dump of $product $version", (version) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startSearch(version);
    await fill(server);
  }, 900_000);
  afterAll(() => server.stop());

  test("has the lines that elasticdump writes, and comes back by the documented commands", async () => {
    const content = await contentOf(server);
    const storage = await directoryStorage();
    expect(await runDumper({ ...sourceEnv(server), ...storage.env })).toMatchObject({ exitCode: 0 });
    const { manifest } = await manifestIn(storage);
    const file = (name: string) => {
      const key = manifest.objects.find((object) => object.name === name)?.key ?? "";
      return join(storage.env["BACKEND_PATH"] ?? "", key);
    };
    const ours = async (name: string) => JSON.parse(gunzipSync(await readFile(file(name))).toString("utf8")) as unknown;
    const program = await elasticdump();
    const theirs = async (index: string, type: string) => {
      const args = [program, "--quiet", `--input=${server.url}/${index}`, "--output=$", `--type=${type}`];
      return JSON.parse(await run(process.execPath, args)) as unknown;
    };

    for (const type of ["settings", "analyzer", "index", "alias"]) {
      const [our, their] = [await ours(type), await theirs("shop", type)] as [string, string];
      const all = JSON.parse(our) as Record<string, unknown>;
      expect({ shop: all["shop"] }).toEqual(JSON.parse(their));
    }
    expect(await ours("mapping")).toMatchObject((await theirs("shop", "mapping")) as object);
    for (const type of ["index_template", "component_template", "template"]) {
      const name = { index_template: "logs-shop", component_template: "parts", template: "old" }[type] ?? "";
      const parsed = withoutDates(JSON.parse((await theirs(name, type)) as string));
      expect(JSON.parse((await ours(type)) as string)).toEqual(parsed);
    }
    const lines = gunzipSync(await readFile(file("data"))).toString("utf8").trim().split("\n"); // prettier-ignore
    const hidden = lines
      .filter((line) => line.startsWith('{"_index":".my-app"'))
      .map((line) => JSON.parse(line) as object);
    expect(hidden).toEqual([{ ...((await theirs(".my-app", "data")) as object), _score: null }]);

    await wipe(server);
    await run("bash", ["-e", "-o", "pipefail", "-c", await stockCommands(server)], {
      cwd: dirname(file("data")),
      env: { PATH: `${await binWith(program)}:${process.env["PATH"] ?? ""}` },
    });
    await send(server, "POST", "/_refresh?expand_wildcards=open,hidden");

    expect(withoutBytes(await contentOf(server))).toEqual(withoutBytes(restorable(content)));
  }, 300_000);
});

/** The commands of the documentation, for a server. */
async function stockCommands({ url }: SearchServer): Promise<string> {
  const page = await readFile(new URL("../../docs/engines/elasticsearch.md", import.meta.url), "utf8");
  const commands = /test:stock-tools -->\s*```sh\n(.*?)```/s.exec(page)?.[1] ?? "";
  expect(commands).toContain("http://localhost:9200");
  return commands.replace("http://localhost:9200", url);
}

/** A folder with `elasticdump` in it, as an installed one would be on the PATH. */
async function binWith(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ksnapshot-elasticdump-"));
  await writeFile(join(folder, "elasticdump"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, {
    mode: 0o755,
  });
  return folder;
}

/** Definitions without what the documented commands leave out, and documents parsed: elasticdump writes them anew. */
function withoutBytes({ definitions, documents, ...others }: ClusterContent): object {
  const ids = Object.entries(documents).map(([name, lines]) => [
    name,
    lines.map((line) => line.split(' "_source":')[0]),
  ]);
  const kept = Object.entries(definitions).filter(([name]) => name !== "sealed" && name !== "piped");
  return { definitions: Object.fromEntries(kept) as object, documents: Object.fromEntries(ids) as object, ...others };
}

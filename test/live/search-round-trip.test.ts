import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { agePrograms } from "../bed/age.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { searchVersions } from "../bed/search-program.ts";
import { type SearchServer, startSearch } from "../bed/search.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { awkwardSource, fill, hasVectors, leanIndices } from "./search-data.ts";
import { type ClusterContent, contentOf, manifestIn, restorable, send, sourceEnv, wipe } from "./search-server.ts";
import { directoryStorage } from "./storages.ts";

/** Each way through the stages is taken by one version at least. */
const stages = [
  { COMPRESSION: "gzip" },
  { COMPRESSION: "zstd" },
  { COMPRESSION: "gzip", encrypted: true },
  { COMPRESSION: "none" },
  { COMPRESSION: "zstd", encrypted: true },
] as const;
const table = searchVersions.map((version, number) => ({ ...version, stage: stages[number] ?? stages[0] }));

let identity: string;
let recipient: string;

beforeAll(async () => {
  await ensureDebianPackages(["isal", "zstd"]);
  const { keygen } = await agePrograms();
  identity = join(await mkdtemp(join(tmpdir(), "ksnapshot-search-")), "key.txt");
  await run(keygen, ["-o", identity]);
  const key = (await readFile(identity, "utf8")).split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-"));
  recipient = await identityToRecipient(key ?? "");
}, 900_000);

describe.each(table)("$product $version through $stage", (version) => {
  let server: SearchServer;
  let content: ClusterContent;
  beforeAll(async () => {
    server = await startSearch(version);
    await fill(server);
    content = await contentOf(server);
  }, 900_000);
  afterAll(() => server.stop());

  test("comes back whole, and the manifest names what could not be had", async () => {
    const storage = await directoryStorage();
    const { encrypted, COMPRESSION } = { encrypted: false, ...version.stage };
    const encryption = encrypted ? { ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient } : {};
    const unlock = encrypted ? ["--identity", identity] : [];

    const checked = await runCli(["dump", "--check"], { ...sourceEnv(server), ...storage.env });
    const dumped = await runDumper({ ...sourceEnv(server), ...storage.env, ...encryption, COMPRESSION });
    expect(dumped).toMatchObject({ exitCode: 0 });
    const { key, manifest } = await manifestIn(storage);
    const verified = await runCli(["verify", key, ...unlock], storage.env);
    const refused = await runCli(["restore", key, "--to", server.url, ...unlock], storage.env);
    await wipe(server);
    const restored = await runCli(["restore", key, "--to", server.url, ...unlock], storage.env);

    expect(verified).toMatchObject({ exitCode: 0 });
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/has indices of the snapshot already: .*shop/),
    });
    expect(restored).toMatchObject({ exitCode: 0 });
    const lean = Object.values(leanIndices(server));
    const skipped = ["documents of index closed: it is closed", ...lean.flatMap(({ skipped }) => skipped ?? [])];
    const notes = ["not a snapshot of the cluster", ...lean.flatMap(({ note }) => note ?? [])];
    expect(manifest.skipped).toEqual(skipped);
    for (const note of notes) expect(manifest.notes.join(" ")).toContain(note);
    for (const told of [...skipped, ...notes]) expect(checked.stdout).toContain(told);
    expect(await contentOf(server)).toEqual(restorable(content));
    expect(content.documents["shop"]?.filter((line) => line.includes('"vector":[0.1,0.25,-3.5]'))).toHaveLength(
      hasVectors(server) ? 1 : 0,
    );
    expect(await send(server, "GET", "/awkward/_source/1?routing=x")).toBe(awkwardSource.replace(/[\r\n]/g, " "));
  }, 300_000);
});

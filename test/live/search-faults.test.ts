import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Environment } from "../../contract/dump-request.ts";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createAuthority, issueCertificate } from "../bed/certificates.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import type { SearchVersion } from "../bed/search-program.ts";
import { type SearchServer, startSearch } from "../bed/search.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { type Fate, type ProxiedRequest, type SearchProxy, startSearchProxy } from "./search-proxy.ts";
import { get, index, manifestIn, send, sourceEnv } from "./search-server.ts";
import {
  clusterCombinations,
  fillHostile,
  hostileContent,
  hostileTemplate,
  removeHostile,
  resetCluster,
  setCluster,
} from "./search-settings.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

const documents = 2_000;
const versions: readonly SearchVersion[] = [
  { product: "elasticsearch", version: "9" },
  { product: "opensearch", version: "2" },
];

let proxy: SearchProxy | null = null;
afterEach(() => {
  proxy?.close();
  proxy = null;
});

beforeAll(() => ensureDebianPackages(["isal"]), 300_000);

interface Run {
  readonly ended: Ended;
  readonly storage: TestStorage;
}

/** A dump through a proxy that decides on each request. */
async function dumpThrough(
  server: SearchServer,
  decide: (request: ProxiedRequest) => Fate | Promise<Fate>,
): Promise<Run> {
  proxy = await startSearchProxy(server, decide);
  const storage = await directoryStorage();
  const env = { ...sourceEnv({ ...server, port: proxy.port }), ...storage.env, ELASTICDUMP_LIMIT: "100" };
  return { ended: await runDumper(env), storage };
}

async function expectFailed({ ended, storage }: Run, message: RegExp): Promise<void> {
  expect(ended).toMatchObject({ exitCode: 3, terminationMessage: expect.stringMatching(message) });
  expect(await storage.objects()).toEqual([]);
  expect(await storage.unfinished()).toEqual([]);
  expect(ended.seconds).toBeLessThan(30);
}

async function expectStored({ ended, storage }: Run): Promise<string> {
  expect(ended).toMatchObject({ exitCode: 0 });
  const key = (await storage.objects()).find((object) => object.includes("-data.jsonl")) ?? "";
  const lines = gunzipSync(await readFile(join(storage.env["BACKEND_PATH"] ?? "", key)))
    .toString("utf8")
    .trim()
    .split("\n");
  const ids = new Set(lines.map((line) => (JSON.parse(line) as { _id: string })._id));
  expect([lines.length, ids.size]).toEqual([documents, documents]);
  return notesOf(storage);
}

/** What the manifest says about the documents. */
async function notesOf(storage: TestStorage): Promise<string> {
  return (await manifestIn(storage)).manifest.notes.join(" ");
}

/** A page of documents, neither the first nor the last. */
function isPage({ method, path, body }: ProxiedRequest): boolean {
  return method === "POST" && /\/_search(\/scroll)?(\?|$)/.test(path) && !body.includes('"aggs"');
}

const noPointsInTime = { status: 400, body: { error: "no handler found for uri [/_pit] and method [POST]" } };

describe.each(versions)("a dump of $product $version", (version) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startSearch(version);
    await send(server, "PUT", "/shop", { settings: { number_of_shards: 3, number_of_replicas: 0 } });
    await index(
      server,
      Array.from({ length: documents }, (_, n) => ({ index: "shop", id: `${n}`, source: `{"n":${n}}` })),
    );
  }, 300_000);
  afterAll(() => server.stop());

  function scrolls(request: ProxiedRequest): Fate {
    return /_pit\?|point_in_time/.test(request.path) ? noPointsInTime : undefined;
  }

  test("is stored whole when nothing happens", async () => {
    await expectStored(await dumpThrough(server, () => undefined));
  }, 120_000);

  test("is stored whole by scrolling where there are no points in time, and says so", async () => {
    const notes = await expectStored(await dumpThrough(server, scrolls));

    expect(notes).toContain("The documents are not of one moment");
  }, 120_000);

  test("has what no refresh has made visible yet, and says so when it may not refresh", async () => {
    await send(server, "PUT", "/shop/_settings", { "index.refresh_interval": "-1" });
    await send(server, "DELETE", "/shop/_doc/0?refresh=true");
    await send(server, "PUT", "/shop/_doc/0", { n: 0 });

    const refused = await dumpThrough(server, ({ path }) =>
      path.endsWith("/_refresh")
        ? { status: 403, body: { error: { type: "security_exception", reason: "unauthorized" } } }
        : undefined,
    );
    proxy?.close();
    const notes = await expectStored(await dumpThrough(server, () => undefined));

    expect(refused.ended).toMatchObject({ exitCode: 0 });
    expect(await notesOf(refused.storage)).toContain("did not let it be refreshed");
    expect(notes).not.toContain("refreshed");
  }, 120_000);

  test("is stored whole when an answer is cut off, and when the server is too busy for a moment", async () => {
    let pages = 0;
    const run = await dumpThrough(server, (request) => {
      if (!isPage(request)) return undefined;
      pages++;
      return pages === 2
        ? "cut"
        : pages === 4
          ? { status: 429, body: { error: { type: "x", reason: "busy" } } }
          : undefined;
    });

    await expectStored(run);
    expect(pages).toBeGreaterThan(6);
  }, 120_000);

  test("has documents without their comments, and names those that the server cannot give back", async () => {
    const kept = {
      between: ['{"a": 1.10, // it"s }\n"b": /* " ] */ 2}', '{"a": 1.10,           "b":           2}'],
      last: ['{"a":1} // ,"sort":[', '{"a":1}'],
      marked: ['\ufeff{"a":1}', '{"a":1}'],
      plain: ['{"t":"/* // "}', '{"t":"/* // "}'],
    };
    // No document makes a mapping, in which those that come at the same time could collide.
    await send(server, "PUT", "/commented", { settings: { number_of_replicas: 0 }, mappings: { dynamic: false } });
    const taken = await Promise.all(
      Object.entries({ ...kept, first: ["// a\n{}", ""] }).map(([id, [source]]) =>
        fetch(`${server.url}/commented/_doc/${id}?refresh=true`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: source ?? "",
        }),
      ),
    );
    const storage = await directoryStorage();
    const dumped = await runDumper({ ...sourceEnv(server), ...storage.env });
    expect(dumped).toMatchObject({ exitCode: 0 });
    const { key, manifest } = await manifestIn(storage);
    await send(server, "DELETE", "/commented,shop");
    const restored = await runCli(["restore", key, "--to", server.url], storage.env);

    expect(restored).toMatchObject({ exitCode: 0 });
    for (const [id, [, source]] of Object.entries(kept)) {
      expect(await send(server, "GET", `/commented/_source/${id}`)).toBe(source);
    }
    // OpenSearch does not take a document that begins with a comment.
    expect(taken.map(({ ok }) => ok)).toEqual([true, true, true, true, version.product === "elasticsearch"]);
    expect(manifest.skipped).toEqual(
      version.product === "elasticsearch"
        ? [expect.stringMatching(/^document "first" of index commented: the server keeps it and cannot give it back/)]
        : [],
    );
    await send(server, "DELETE", "/commented");
  }, 120_000);

  test("has the aliases of data streams, and a restore makes them", async () => {
    const aliases = { everything: {}, some: { filter: { term: { n: 1 } }, is_write_index: true } };
    await send(server, "PUT", "/behind", { settings: { number_of_replicas: 0 } });
    // The bed's Elasticsearch has no data streams: it answers as if an index were one.
    const streams = { data_streams: [{ name: "logs", indices: [{ index_name: "behind" }] }] };
    const decide = async ({ method, path }: ProxiedRequest): Promise<Fate> => {
      if (path === "/logs/_alias") return { status: 200, body: { logs: { aliases } } };
      if (!path.startsWith("/_data_stream")) return undefined;
      if (method === "PUT") await send(server, "PUT", "/logs", {});
      return { status: 200, body: streams };
    };
    const { ended, storage } = await dumpThrough(server, decide);
    await send(server, "DELETE", "/shop,behind");
    const { key } = await manifestIn(storage);

    const restored = await runCli(["restore", key, "--to", `http://127.0.0.1:${proxy?.port}`], storage.env);

    expect([ended.exitCode, restored.exitCode]).toEqual([0, 0]);
    // OpenSearch has no aliases of data streams.
    const expected = version.product === "elasticsearch" ? aliases : {};
    expect(JSON.parse(await send(server, "GET", "/logs/_alias"))).toEqual({ logs: { aliases: expected } });
    await send(server, "DELETE", "/logs");
  }, 120_000);

  test("goes back without what binds an index to nodes, past templates of the target, and says so", async () => {
    const binding = { "routing.allocation.require.box": "hot", "write.wait_for_active_shards": "all" };
    const settings = { number_of_replicas: "1", final_pipeline: "missing", default_pipeline: "missing" };
    await send(server, "PUT", "/bound", {});
    await index(server, [{ index: "bound", id: "1", source: '{"n":1.0}' }]);
    await send(server, "PUT", "/bound/_settings", { index: { ...settings, ...binding } });
    const storage = await directoryStorage();
    expect(await runDumper({ ...sourceEnv(server), ...storage.env })).toMatchObject({ exitCode: 0 });
    const { key } = await manifestIn(storage);
    await send(server, "PUT", "/_template/hostile", {
      index_patterns: ["b*"],
      settings: { final_pipeline: "missing" },
    });
    const restored = async (...args: string[]) => {
      await send(server, "DELETE", "/bound,shop");
      const ended = await runCli(["restore", key, "--to", server.url, ...args], storage.env);
      const answer = await send(server, "GET", "/bound/_settings?flat_settings=true");
      expect(await send(server, "GET", "/bound/_source/1")).toBe('{"n":1.0}');
      const { bound } = JSON.parse(answer) as { bound: { settings: Record<string, string> } };
      return { ended, settings: bound.settings };
    };

    const portable = await restored();
    const all = await restored("--index-settings", "all");
    await send(server, "DELETE", "/bound");
    await send(server, "DELETE", "/_template/hostile");

    const kept = ofIndex(settings);
    const told = "index bound is without routing.allocation.require.box=hot, write.wait_for_active_shards=all";
    expect(portable).toMatchObject({ ended: { exitCode: 0 }, settings: kept });
    expect(Object.keys(portable.settings)).not.toContain("index.routing.allocation.require.box");
    expect(portable.ended.stderr).toContain(told);
    expect(portable.ended.stderr).toContain("the template hostile, which the target has already, fits bound");
    expect(all).toMatchObject({ ended: { exitCode: 0 }, settings: { ...kept, ...ofIndex(binding) } });
    expect(all.ended.stderr).not.toContain("is without");
  }, 180_000);

  test("goes back past an index that the target does not take, when told to", async () => {
    await index(server, [{ index: "tiny", id: "1", source: '{"n":1}' }]);
    await send(server, "PUT", "/shop,tiny/_alias/both");
    for (const alias of ["a", "taken", "z"]) await send(server, "PUT", `/tiny/_alias/${alias}`);
    const storage = await directoryStorage();
    expect(await runDumper({ ...sourceEnv(server), ...storage.env })).toMatchObject({ exitCode: 0 });
    const { key } = await manifestIn(storage);
    const limit = (shards: number | null) =>
      send(server, "PUT", "/_cluster/settings", { persistent: { "cluster.max_shards_per_node": shards } });
    await send(server, "DELETE", "/shop,tiny");
    await limit(2); // the index shop has three
    const refused = await runCli(["restore", key, "--to", server.url], storage.env);
    await send(server, "DELETE", "/tiny?ignore_unavailable=true");
    await send(server, "PUT", "/taken", { settings: { number_of_replicas: 0 } });
    const passed = await runCli(["restore", key, "--to", server.url, "--keep-going"], storage.env);
    await limit(null);
    const shop = await fetch(`${server.url}/shop`);
    expect(await send(server, "GET", "/tiny/_source/1")).toBe('{"n":1}');
    const aliases = await get(server, "/tiny/_alias");
    await send(server, "DELETE", "/tiny,taken");
    const whole = await runCli(["restore", key, "--to", server.url], storage.env);
    await send(server, "DELETE", "/tiny");
    await send(server, "DELETE", "/shop/_alias/both");

    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("must be discarded") });
    const told = /failed and passed over: the server does not take index shop: .*shards/;
    expect(passed).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(told) });
    expect(aliases).toEqual({ tiny: { aliases: { a: {}, both: {}, z: {} } } });
    expect(passed.stderr).toMatch(/passed over: the alias both of index shop: the index is not there/);
    expect(passed.stderr).toMatch(/passed over: the server does not take alias taken of index tiny: .*exists/);
    expect([shop.status, whole.exitCode]).toEqual([404, 0]);
  }, 180_000);

  test("goes back with documents that were taken before their mapping was stricter, and lists those it cannot take", async () => {
    const source = '{"new":1,"n":"5","m":"x","o":{"p":{"q":1}},"many":[{},{},{}]}';
    const ids = ["1", "2", "3"];
    await send(server, "PUT", "/stricter", laxIndex);
    await index(
      server,
      ids.map((id) => ({ index: "stricter", id, source })),
    );
    await send(server, "PUT", "/stricter/_mapping", stricterMapping);
    await send(server, "PUT", "/stricter/_settings", stricterLimits);
    const definition = async () => {
      const answer = await get<Record<string, { mappings: object; settings: { index: { mapping: object } } }>>(
        server,
        "/stricter",
      );
      return [answer["stricter"]?.mappings, answer["stricter"]?.settings.index.mapping];
    };
    const before = await definition();
    expect(before).toMatchObject([{ dynamic: "strict" }, { nested_objects: { limit: "1" } }]);
    const storage = await directoryStorage();
    expect(await runDumper({ ...sourceEnv(server), ...storage.env })).toMatchObject({ exitCode: 0 });
    const { key } = await manifestIn(storage);
    const restored = async (...args: string[]) => {
      await send(server, "DELETE", "/stricter,shop");
      return runCli(["restore", key, "--to", server.url, ...args], storage.env);
    };

    expect(await restored()).toMatchObject({ exitCode: 0 });
    const after = await definition();
    const sources = await Promise.all(ids.map((id) => send(server, "GET", `/stricter/_source/${id}`)));
    const template = { index_patterns: ["stric*"], mappings: { properties: { new: { type: "ip" } } } };
    await send(server, "PUT", "/_template/hostile", template);
    const ended = await restored();
    const passed = await restored("--keep-going");
    await send(server, "DELETE", "/_template/hostile");
    await send(server, "DELETE", "/stricter");

    expect([after, sources]).toEqual([before, ids.map(() => source)]);
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.stderr).toMatch(
      /did not take stricter\/1: .*caused by .*'1' is not an IP.*with a mapping that takes it.*--into-non-empty/,
    );
    expect(passed).toMatchObject({ exitCode: 1 });
    for (const id of ids)
      expect(passed.stderr).toMatch(new RegExp(`the server did not take stricter/${id}: .*not an IP`));
  }, 180_000);

  test("fails when the point in time is let go of in the middle", async () => {
    let pages = 0;
    const run = await dumpThrough(server, async (request) => {
      if (!isPage(request) || ++pages !== 3) return undefined;
      const { pit } = JSON.parse(request.body) as { pit: { id: string } };
      if (version.product === "opensearch") await send(server, "DELETE", "/_search/point_in_time/_all");
      else await send(server, "DELETE", "/_pit", { id: pit.id });
      return undefined;
    });

    await expectFailed(run, /let go of the point in time/);
  }, 120_000);

  test("fails when a scroll is let go of in the middle", async () => {
    let pages = 0;
    const run = await dumpThrough(server, async (request) => {
      if (isPage(request) && ++pages === 5) await send(server, "DELETE", "/_search/scroll/_all");
      return scrolls(request);
    });

    await expectFailed(run, /let go of the point in time/);
  }, 120_000);

  test("fails when a scroll's answer is lost, which cannot be asked for again", async () => {
    let pages = 0;
    const run = await dumpThrough(server, (request) => (isPage(request) && ++pages === 5 ? "cut" : scrolls(request)));

    await expectFailed(run, /cannot be read/);
  }, 120_000);

  test.each([
    ["a page timed out", (answer: string) => answer.replace('"timed_out":false', '"timed_out":true'), /time limit/],
    ["a shard failed", (answer: string) => answer.replace('"failed":0', '"failed":1'), /shards could not be read/],
    ["a document is missing", withoutFirstHit, /\d+ of the 2000 of shop/],
    ["a page is not JSON", (answer: string) => answer.slice(0, -1), /cannot be read/],
  ])(
    "fails when %s",
    async (_, change, message) => {
      let pages = 0;
      const run = await dumpThrough(server, (request) => (isPage(request) && ++pages === 3 ? { change } : undefined));

      await expectFailed(run, message);
    },
    120_000,
  );

  test("fails at a red index, and dump --check names it", async () => {
    const settings = { number_of_replicas: 0, "routing.allocation.require.box": "none" };
    await send(server, "PUT", "/red?wait_for_active_shards=0&timeout=1s", { settings: { index: settings } });
    const storage = await directoryStorage();
    const checked = await runCli(["dump", "--check"], { ...sourceEnv(server), ...storage.env });
    const run = await dumpThrough(server, () => undefined);
    await send(server, "DELETE", "/red");

    expect(checked).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("index red is missing") });
    await expectFailed(run, /red|shard/);
  }, 120_000);

  test("is told which block closes an index to it, and not that grants are missing", async () => {
    const told: Record<string, readonly (number | null)[]> = {};
    for (const block of ["read", "metadata"]) {
      await send(server, "PUT", "/blocked", { settings: { number_of_replicas: 0, [`index.blocks.${block}`]: true } });
      const storage = await directoryStorage();
      const env = { ...sourceEnv(server), ...storage.env };
      const [checked, dumped] = [await runCli(["dump", "--check"], env), await runDumper(env)];
      await send(server, "PUT", "/blocked/_settings", { [`index.blocks.${block}`]: false });
      await send(server, "DELETE", "/blocked");
      told[block] = [checked.exitCode, dumped.exitCode];
      for (const text of [checked.stderr, dumped.terminationMessage]) {
        expect(text).toMatch(new RegExp(`blocked.*index ${block} \\(api\\).*take off the block that the server names`));
        expect(text).not.toMatch(/account|[Gg]rant/);
      }
    }

    expect(told).toEqual({ read: [3, 3], metadata: [3, 3] });
  }, 120_000);

  test("that the account may not do is found by dump --check, every request of it", async () => {
    const forbid = (action: string) => ({
      status: 403,
      body: { error: { type: "security_exception", reason: `action [${action}] is unauthorized for user [reader]` } },
    });
    proxy = await startSearchProxy(server, ({ path }) => {
      if (/^\/(_template|_ingest)/.test(path)) return forbid(path);
      return /_pit\?|point_in_time\?/.test(path) ? forbid("open_point_in_time") : undefined;
    });
    const storage = await directoryStorage();

    const ended = await runCli(["dump", "--check"], { ...sourceEnv({ ...server, port: proxy.port }), ...storage.env });

    expect(ended.exitCode).toBe(3);
    for (const what of ["GET /_template", "GET /_ingest/pipeline", "a search in shop"])
      expect(ended.stderr).toContain(what);
    expect(ended.stderr).not.toContain("GET /_index_template");
  }, 120_000);

  test("names what the account does not see, in the manifest and by dump --check", async () => {
    const { notTold, seen } = accountOf(version);
    await send(server, "PUT", "/payroll", { settings: { number_of_replicas: 0 } });
    const decide = ({ path }: ProxiedRequest): Fate => {
      if (path === "/_security/user/_privileges") return { status: 200, body: seen };
      if (path === "/_plugins/_security/authinfo") return { status: 200, body: { user: "backup" } };
      // As both products' security does: lists are without what the account may not see, and a name alone is refused.
      if (path.startsWith("/_cat/indices")) return { change: (answer) => withoutIndex(answer, "payroll") };
      return path.startsWith("/payroll") ? { status: 403, body: { error: { type: "security_exception" } } } : undefined;
    };
    const { ended, storage } = await dumpThrough(server, decide);
    const env = { ...sourceEnv({ ...server, port: proxy?.port ?? 0 }), ...storage.env };
    const checked = await runCli(["dump", "--check"], env);
    const refused: Fate = {
      status: 400,
      body: { error: { type: "illegal_argument_exception", reason: "not of keys" } },
    };
    proxy?.close();
    const withKey = await dumpThrough(server, ({ path }) => (path.includes("_security/") ? refused : undefined));
    await send(server, "DELETE", "/payroll");

    const { skipped, notes } = (await manifestIn(storage)).manifest;
    expect([ended.exitCode, checked.exitCode]).toEqual([0, 0]);
    expect(skipped).toEqual(["index payroll: there is one, and the account does not see it", ...notTold.skipped]);
    for (const note of notTold.notes) expect(notes.join(" ")).toContain(note);
    for (const one of [...skipped, ...notes]) expect(checked.stdout).toContain(one);
    expect(await notesOf(withKey.storage)).toContain("sees every document and field of the indices could not be asked");
  }, 120_000);

  test("what is left out on purpose need not be allowed", async () => {
    const body = { error: { type: "security_exception", reason: "unauthorized" } };
    proxy = await startSearchProxy(server, ({ path }) =>
      /^\/(_template|_index_template|_component_template|_ingest|_ilm|_plugins)/.test(path)
        ? { status: 403, body }
        : undefined,
    );
    const storage = await directoryStorage();
    const env = { ...sourceEnv({ ...server, port: proxy.port }), ...storage.env };
    const skip = { SKIP: "policies,templates,pipelines" };

    const checked = await runCli(["dump", "--check"], { ...env, ...skip });
    const all = await runCli(["dump", "--check"], env);
    const dumped = await runDumper({ ...env, ...skip });

    expect([checked.exitCode, all.exitCode, dumped.exitCode]).toEqual([0, 3, 0]);
  }, 120_000);

  test("needs the right password or API key, over TLS with an authority of one's own", async () => {
    const directory = await mkdtemp(join(tmpdir(), "ksnapshot-search-tls-"));
    const authority = await createAuthority(directory, "search test");
    const certificate = await issueCertificate(authority, "server", "/CN=localhost", ["IP:127.0.0.1"]);
    const password = 'pass word"$#é:';
    const accepted = [`Basic ${Buffer.from(`backup:${password}`).toString("base64")}`, "ApiKey aWQ6a2V5"];
    const refusal = { status: 401, body: { error: { type: "security_exception", reason: "unable to authenticate" } } };
    const decide = ({ authorization = "" }: ProxiedRequest) => (accepted.includes(authorization) ? undefined : refusal);
    proxy = await startSearchProxy(server, decide, certificate);
    const base = { ...sourceEnv({ ...server, port: proxy.port }), ELASTICSEARCH_SCHEME: "https" };
    const trusted = { ...base, ELASTICSEARCH_CA_FILE: authority.certificateFile };
    const user = { ELASTICSEARCH_USERNAME: "backup", ELASTICSEARCH_PASSWORD: password };
    const dump = async (env: object): Promise<Run> => {
      const storage = await directoryStorage();
      return { ended: await runDumper({ ...env, ...storage.env }), storage };
    };

    await expectStored(await dump({ ...trusted, ...user }));
    await expectStored(await dump({ ...trusted, ELASTICSEARCH_API_KEY: "aWQ6a2V5" }));
    const wrong = await dump({ ...trusted, ...user, ELASTICSEARCH_PASSWORD: "wrong-secret" });
    await expectFailed(wrong, /unable to authenticate.*check the user and password/);
    expect(wrong.ended.stderr).not.toContain("wrong-secret");
    await expectFailed(await dump({ ...base, ...user }), /ELASTICSEARCH_CA_FILE/);
    await expectFailed(
      await dump({ ...trusted, ...user, ELASTICSEARCH_SCHEME: "http" }),
      /ELASTICSEARCH_SCHEME to https/,
    );
  }, 180_000);

  test("comes back from under hostile settings of the cluster and of its indices", async () => {
    const combinations = process.env["SLOW"] === "1" ? clusterCombinations : clusterCombinations.slice(1, 3);
    await fillHostile(server);
    const content = await hostileContent(server);
    let env: Environment = {};
    let key = "";
    for (const combination of combinations) {
      const storage = await directoryStorage();
      env = { ...sourceEnv(server), ...storage.env };
      await setCluster(server, combination);
      const checked = await runCli(["dump", "--check"], env);
      const dumped = await runDumper(env);
      await resetCluster(server);
      expect([combination, checked, dumped]).toMatchObject([combination, { exitCode: 0 }, { exitCode: 0 }]);
      ({ key } = await manifestIn(storage));
    }
    await removeHostile(server);
    await send(server, "DELETE", "/shop");
    await send(server, "PUT", "/_template/hostile", hostileTemplate);
    const restored = await runCli(["restore", key, "--to", server.url], env);
    await send(server, "DELETE", "/_template/hostile");

    expect(restored).toMatchObject({ exitCode: 0 });
    expect(await hostileContent(server)).toEqual(content);
    await removeHostile(server);
  }, 600_000);

  test("fails when the server is killed in the middle", async () => {
    let pages = 0;
    const run = await dumpThrough(server, (request) => {
      if (isPage(request) && ++pages === 3) process.kill(server.pid, "SIGKILL");
      return undefined;
    });

    await expectFailed(run, /cannot be read/);
  }, 120_000);
});

const laxIndex = {
  settings: { number_of_replicas: 0 },
  mappings: {
    dynamic: false,
    properties: {
      n: { type: "integer" },
      m: { type: "integer", ignore_malformed: true },
      o: { properties: { p: { type: "object", dynamic: false } } },
      many: { type: "nested" },
    },
  },
};
const stricterMapping = {
  dynamic: "strict",
  properties: {
    n: { type: "integer", coerce: false },
    m: { type: "integer", ignore_malformed: false },
    o: { properties: { p: { type: "object", dynamic: "strict" } } },
  },
};
const stricterLimits = {
  "index.mapping.nested_objects.limit": 1,
  "index.mapping.total_fields.limit": 2,
};

/** What the server tells of an account that sees a part of the index `shop`, and what is to be said of it. */
function accountOf({ product }: SearchVersion) {
  const read = { names: ["s*"], privileges: ["read"], allow_restricted_indices: false };
  const fields = { ...read, field_security: [{ grant: ["*"], except: ["card"] }], query: ['{"term":{"n":1}}'] };
  const seen = { cluster: ["monitor"], global: [], applications: [], run_as: [], indices: [fields] };
  const told = {
    skipped: [
      "documents of index shop: the account sees some of them only (document level security)",
      "fields of the documents of index shop: the account sees some only (field level security)",
    ],
    notes: [],
  };
  const asked = { skipped: [], notes: ["OpenSearch does not tell an account"] };
  return { seen, notTold: product === "opensearch" ? asked : told };
}

function ofIndex(settings: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`index.${name}`, value]));
}

function withoutIndex(answer: string, name: string): string {
  return JSON.stringify((JSON.parse(answer) as { index: string }[]).filter(({ index: one }) => one !== name));
}

function withoutFirstHit(answer: string): string {
  const parsed = JSON.parse(answer) as { hits: { hits: unknown[] } };
  return JSON.stringify({ ...parsed, hits: { ...parsed.hits, hits: parsed.hits.hits.slice(1) } });
}

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../scripts/bundle.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { startFaultProxy } from "../bed/http-proxy.ts";
import { startMinio, startVersitygw } from "../bed/s3.ts";
import { startToxiproxy, type Toxiproxy } from "../bed/toxiproxy.ts";
import { meet, type Stage } from "./faults/meet.ts";
import { startMariadbSource, startMysqlSource } from "./faults/mysql-source.ts";
import { startPostgresqlSource } from "./faults/postgresql-source.ts";
import type { Row } from "./faults/row.ts";
import type { SourceServer } from "./faults/scene.ts";
import { processRows } from "./faults/process-rows.ts";
import { sourceRows } from "./faults/source-rows.ts";
import { storageRows } from "./faults/storage-rows.ts";

/** One table: each row meets one fault, on each kind of storage. */
const rows: readonly Row[] = [...sourceRows, ...processRows, ...storageRows];
const starts = {
  postgresql: startPostgresqlSource,
  mysql: startMysqlSource,
  mariadb: startMariadbSource,
} as const satisfies Readonly<Record<Row["engine"], (hasLarge: boolean) => Promise<SourceServer>>>;

let work: string;
let dumper: string;
let toxiproxy: Toxiproxy;
let sources: Readonly<Record<Row["engine"], SourceServer>>;

beforeAll(async () => {
  await ensureDebianPackages(["isal", "zstd"]);
  work = await mkdtemp(join(tmpdir(), "ksnapshot-faults-"));
  ({ dumper } = await bundle(work));
  toxiproxy = await startToxiproxy();
  const [postgresql, mysql, mariadb] = await Promise.all([
    starts.postgresql(),
    starts.mysql(true),
    starts.mariadb(true),
  ]);
  sources = { postgresql, mysql, mariadb };
}, 600_000);

afterAll(async () => {
  await Promise.all([toxiproxy.stop(), ...Object.values(sources).map((source) => source.stop())]);
  await rm(work, { recursive: true });
});

test("the table has faults enough", () => {
  expect(rows.length).toBeGreaterThanOrEqual(40);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each([
  ["versitygw", startVersitygw],
  ["MinIO", startMinio],
] as const)("a dump to %s", (_, start) => {
  let stage: Stage;
  let stop = () => Promise.resolve();

  beforeAll(async () => {
    const server = await start();
    const proxy = await startFaultProxy(server.endpoint);
    stage = { dumper, toxiproxy, bucket: { server, proxy }, unharmed: new Map() };
    stop = async () => {
      await proxy.close();
      await server.stop();
    };
  }, 300_000);

  afterAll(() => stop());

  test.each(rows.filter(({ sink }) => sink === undefined))(
    "leaves a whole snapshot or nothing at all when $name",
    (row) => meetOne(row, stage),
    120_000,
  );
});

test.each(rows.filter(({ sink }) => sink !== undefined))(
  "a dump to a directory leaves a whole snapshot or nothing at all when $name",
  (row) => meetOne(row, { dumper, toxiproxy, bucket: null, unharmed: new Map() }),
  120_000,
);

async function meetOne(row: Row, stage: Stage): Promise<void> {
  if (!row.breaksServer) return meet(row, sources[row.engine], stage);
  const own = await starts[row.engine](false);
  await meet(row, own, stage).finally(() => own.stop());
}

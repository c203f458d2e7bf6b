import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { agePrograms } from "../bed/age.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { postgresClientMajors, postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresMajor, postgresMajors } from "../bed/postgres-server.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { type S3Server, startVersitygw } from "../bed/s3.ts";
import { createDatabase, createOwner, sourceEnv } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { everythingOf, fillAwkward } from "./postgresql-awkward.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { createIdentity, manifestOf, password, target } from "./postgresql-restoring.ts";
import { bucketStorage, directoryStorage } from "./storages.ts";

let s3: S3Server;
let work: string;
let identity: string;
let recipient: string;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  s3 = await startVersitygw();
  work = await mkdtemp(join(tmpdir(), "ksnapshot-round-trip-"));
  ({ identity, recipient } = await createIdentity(work));
}, 900_000);

afterAll(async () => {
  await s3.stop();
  await rm(work, { recursive: true });
}, 60_000);

describe.each(postgresMajors)("a database of PostgreSQL %i with every awkward thing", (major: PostgresMajor) => {
  const clients = postgresClientMajors.find((one) => one >= major);
  let source: PostgresServer;
  let empty: PostgresServer;
  let original: readonly string[];
  let env: Environment;

  beforeAll(async () => {
    [source, empty] = await Promise.all([startPostgres({ major }), startPostgres({ major })]);
    await Promise.all([createOwner(source), createOwner(empty)]);
    await createDatabase(source, "shop");
    await fillAwkward(source, "shop");
    original = await everythingOf(source, "shop");
    env = {
      ...sourceEnv({ host: "localhost", port: source.port }, "shop"), // a name: older clients find no address in a certificate
      ...(clients === 16 ? {} : { POSTGRESQL_SSLMODE: "verify-full", POSTGRESQL_CA_FILE: source.caFile }), // 16 has no TLS here
      ...{ ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient },
      PATH: await pathOfEveryMajor(),
    };
  }, 300_000);

  afterAll(() => Promise.all([source.stop(), empty.stop()]), 60_000);

  test("comes back equal into an empty server", async () => {
    const storage = await bucketStorage(s3);
    await createDatabase(empty, "back");

    expect(await runDumper({ ...env, ...storage.env, COMPRESSION: "zstd" })).toMatchObject({ exitCode: 0 });
    const key = await manifestOf(storage);
    const to = target(empty, "back");
    const back = await runCli(["restore", key, "--to", to, "--identity", identity], { ...storage.env, ...password });

    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await everythingOf(empty, "back")).toEqual(original);
  }, 180_000);

  test("comes back equal with age, gunzip and psql alone", async () => {
    const storage = await directoryStorage();
    await createDatabase(empty, "by hand");
    const { age } = await agePrograms();

    expect(await runDumper({ ...env, ...storage.env })).toMatchObject({ exitCode: 0 });
    const [object = "", manifest = ""] = (await storage.objects())
      .map((key) => join(storage.env["BACKEND_PATH"] ?? "", key))
      .sort(byExtension);
    const line = `"$1" -d -i "$2" "$3" | gunzip | "$4" -X -q -1 -v ON_ERROR_STOP=1 -d "$5"`;
    const args = [age, identity, object, join(await postgresClients(), "psql"), target(empty, "by hand")];
    await run("bash", ["-o", "pipefail", "-c", line, "bash", ...args], { env: password });

    expect(await everythingOf(empty, "by hand")).toEqual(original);
    // Made with the clients of its own major, or with the next newer ones there are.
    expect(JSON.parse(await readFile(manifest, "utf8"))).toMatchObject({
      serverVersion: expect.stringMatching(`^${major}\\.`),
      toolVersion: expect.stringMatching(`^${clients}\\.`),
      skipped: [],
    });
  }, 180_000);
});

/** The dump before its manifest. */
function byExtension(a: string, b: string): number {
  return Number(a.endsWith(".json")) - Number(b.endsWith(".json"));
}

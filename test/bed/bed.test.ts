import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { join } from "node:path";
import { agePrograms } from "./age.ts";
import { startControlPlane, startNode, type Cluster, type ControlPlane } from "./cluster.ts";
import { run } from "./command.ts";
import { isOperation, startFaultProxy } from "./http-proxy.ts";
import { imageOf } from "./image.ts";
import { startMariadb } from "./mariadb.ts";
import { mariadbVersions } from "./mariadb-server.ts";
import { mariadbClients, mysqlClients } from "./mysql-clients.ts";
import { startMysql } from "./mysql.ts";
import { mysqlVersions } from "./mysql-server.ts";
import { postgresClients } from "./postgres-clients.ts";
import { startPostgres } from "./postgres.ts";
import { nodeRoot } from "./rootfs.ts";
import { startMinio, startVersitygw } from "./s3.ts";
import { startToxiproxy } from "./toxiproxy.ts";
import { isRoot } from "./unprivileged.ts";
import { until } from "./wait.ts";

const MINUTES = 60_000;

describe.each([13, 16, 18] as const)("PostgreSQL %i", (major) => {
  test(
    "is dumped by the clients over a verified connection",
    async () => {
      const server = await startPostgres({ major });
      const clients = await postgresClients();
      const env = {
        ...{ PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.superuser, PGPASSWORD: server.password },
        ...{ PGSSLMODE: "verify-full", PGSSLROOTCERT: server.caFile ?? "" },
      };

      await run(join(clients, "psql"), ["-c", "CREATE TABLE flight AS SELECT 'EZE'::text AS origin"], { env });
      const dump = await run(join(clients, "pg_dump"), [], { env });
      await server.stop();

      expect(dump).toContain("PostgreSQL database dump complete");
      expect(dump).toContain("EZE");
    },
    5 * MINUTES,
  );
});

describe.each([
  ...mysqlVersions.map((version) => ({ title: `MySQL ${version}`, start: () => startMysql({ version }) })),
  ...mariadbVersions.map((version) => ({ title: `MariaDB ${version}`, start: () => startMariadb({ version }) })),
])("$title", ({ start }) => {
  test(
    "answers the clients of both products",
    async () => {
      const server = await start();
      const place = ["--no-defaults", `--host=${server.host}`, `--port=${server.port}`, `--user=${server.superuser}`];
      const env = { MYSQL_PWD: server.password };
      const query = ["--skip-column-names", "-e", "SELECT VERSION()"];

      const mysql = join(await mysqlClients(), "mysql");
      const mariadb = join(await mariadbClients(), "mariadb");
      const answers = [
        await run(mysql, [...place, "--get-server-public-key", ...query], { env }),
        await run(mariadb, [...place, "--skip-ssl-verify-server-cert", ...query], { env }),
      ];
      await server.stop();

      for (const answer of answers) expect(answer).toMatch(new RegExp(`^${server.version.replace(".", "\\.")}\\.`));
    },
    10 * MINUTES,
  );
});

describe.each([
  ["versitygw", startVersitygw],
  ["MinIO", startMinio],
] as const)("%s", (_, start) => {
  test(
    "takes what trickles through the fault proxy, and nothing of what it cuts",
    async () => {
      const server = await start();
      const proxy = await startFaultProxy(server.endpoint);
      const client = clientOf(proxy.endpoint, server);
      const bucket = { Bucket: "bucket" };
      await client.send(new CreateBucketCommand(bucket));
      proxy.inject({ when: isOperation("PutObject"), fault: { kind: "slow", bytesPerSecond: 20_000 } });
      proxy.inject({ when: isOperation("PutObject"), nth: 2, fault: { kind: "cut", afterBytes: 5_000 } });
      const put = (Key: string) => client.send(new PutObjectCommand({ ...bucket, Key, Body: "x".repeat(10_000) }));
      const head = (Key: string) => client.send(new HeadObjectCommand({ ...bucket, Key }));

      const startedAt = performance.now();
      await put("slow");
      const seconds = (performance.now() - startedAt) / 1000;

      await expect(put("cut")).rejects.toThrow();
      expect(seconds).toBeGreaterThan(0.45);
      expect((await head("slow")).ContentLength).toBe(10_000);
      await expect(head("cut")).rejects.toThrow();
      expect(proxy.requests.filter(({ isFaulted }) => isFaulted)).toHaveLength(2);
      await proxy.close();
      await server.stop();
    },
    15 * MINUTES,
  );

  test(
    "has carried out a request whose answer the fault proxy loses",
    async () => {
      const server = await start();
      const proxy = await startFaultProxy(server.endpoint);
      const client = clientOf(proxy.endpoint, server);
      const object = { Bucket: "bucket", Key: "a b/é" };
      await client.send(new CreateBucketCommand(object));
      proxy.inject({ when: isOperation("PutObject"), fault: { kind: "reset", forward: true } });

      const put = client.send(new PutObjectCommand({ ...object, Body: "content" }));

      await expect(put).rejects.toThrow();
      expect((await client.send(new HeadObjectCommand(object))).ContentLength).toBe(7);
      expect(proxy.requests.map(({ name }) => name)).toEqual(["CreateBucket", "PutObject", "HeadObject"]);
      await proxy.close();
      await server.stop();
    },
    15 * MINUTES,
  );
});

test(
  "toxiproxy cuts a connection after a number of bytes",
  async () => {
    const server = await startVersitygw();
    const toxiproxy = await startToxiproxy();
    const proxy = await toxiproxy.proxyTo("127.0.0.1", Number(new URL(server.endpoint).port));
    const client = clientOf(`http://127.0.0.1:${proxy.port}`, server);
    await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
    await proxy.addToxic({ type: "limit_data", attributes: { bytes: 10_000 } }, "upstream");
    const put = () => client.send(new PutObjectCommand({ Bucket: "bucket", Key: "big", Body: "x".repeat(1_000_000) }));

    await expect(put()).rejects.toThrow();
    await proxy.removeToxics();
    await expect(put()).resolves.toBeDefined();

    await toxiproxy.stop();
    await server.stop();
  },
  5 * MINUTES,
);

test(
  "age decrypts what it encrypted",
  async () => {
    const { age, keygen } = await agePrograms();
    const identity = await run(keygen, []);
    const recipient = /public key: (\S+)/.exec(identity)?.[1] ?? "";

    const encrypted = await run(age, ["-a", "-r", recipient], { input: "content" });
    const decrypt = 'exec 3<<<"$2"; exec "$1" -d -i /dev/fd/3';

    expect(await run("bash", ["-c", decrypt, "decrypt", age, identity], { input: encrypted })).toBe("content");
  },
  5 * MINUTES,
);

describe("the control plane", () => {
  let cluster: ControlPlane;
  let stop = () => Promise.resolve();
  beforeAll(async () => {
    cluster = await startControlPlane();
    stop = () => cluster.stop();
  }, 20 * MINUTES);
  afterAll(() => stop(), MINUTES);

  test("tells who wrote what", async () => {
    await cluster.kubectl(["create", "namespace", "shop"]);
    await cluster.kubectl(["-n", "shop", "create", "serviceaccount", "operator"]);
    const kubeconfig = await cluster.serviceAccountKubeconfig("shop", "operator");
    const forbidden = cluster.kubectl(["--kubeconfig", kubeconfig, "-n", "shop", "create", "configmap", "settings"]);

    await expect(forbidden).rejects.toThrow("forbidden");
    const write = cluster.auditEvents().find(({ user }) => user.username === "system:serviceaccount:shop:operator");
    expect(write).toMatchObject({
      verb: "create",
      objectRef: { resource: "configmaps" },
      responseStatus: { code: 403 },
    });
  });
});

// A kubelet runs as root only; CI does too, so that nothing is skipped there.
(isRoot() ? describe : describe.skip)("the cluster with a node", () => {
  let cluster: Cluster;
  let stop = () => Promise.resolve();
  beforeAll(async () => {
    cluster = await startNode();
    stop = () => cluster.stop();
  }, 20 * MINUTES);
  afterAll(() => stop(), MINUTES);

  test(
    "runs an image of ours, which finds a service by its name",
    async () => {
      const program =
        'require("dns").promises.lookup("kubernetes.default.svc").then(({ address }) => console.log(address))';
      const files = [{ content: program, to: "/app/main.cjs" }];
      const config = { Entrypoint: ["/usr/local/bin/node", "/app/main.cjs"], User: "65532:65532" };
      await cluster.importImage(await imageOf({ name: "localhost/lookup:1", base: await nodeRoot(), files, config }));

      await cluster.kubectl(["run", "lookup", "--image=localhost/lookup:1", "--restart=Never"]);

      const log = await until("the pod's log", MINUTES, () => cluster.kubectl(["logs", "lookup"]));
      expect(log).toBe("10.96.0.1\n");
    },
    5 * MINUTES,
  );
});

function clientOf(endpoint: string, keys: { accessKey: string; secretKey: string; region: string }): S3Client {
  const credentials = { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey };
  return new S3Client({ endpoint, region: keys.region, credentials, forcePathStyle: true, maxAttempts: 1 });
}

import { expect, test } from "@jest/globals";
import { parseEnv } from "../../../contract/dump-request.ts";
import { envOf, type EnvVar } from "../../../contract/env.ts";
import type { AgeRecipient } from "../../../contract/recipient.ts";
import { snapshotPlan } from "../../support/snapshot-plan.ts";

const directory = {
  BACKEND_TYPE: "directory",
  BACKEND_PATH: "/snapshots",
  POSTGRESQL_HOST: "db",
  POSTGRESQL_USERNAME: "shop",
  POSTGRESQL_DATABASE: "shop",
};
const s3 = { ...directory, BACKEND_TYPE: "s3", BACKEND_PATH: "", BACKEND_BUCKET: "backups" };
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

const plan = snapshotPlan({ port: 5433, compression: "zstd", recipients: [recipient as AgeRecipient] });

/** What the kubelet does with a container's environment: references are looked up, `$$` becomes `$`. */
function kubelet(env: readonly EnvVar[], values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    env.flatMap((variable) => {
      if ("value" in variable) return [[variable.name, variable.value.replaceAll("$$", "$")]];
      const reference =
        "secretKeyRef" in variable.valueFrom ? variable.valueFrom.secretKeyRef : variable.valueFrom.configMapKeyRef;
      const value = values[`${reference.name}/${reference.key}`];
      return value === undefined ? [] : [[variable.name, value]];
    }),
  );
}

test("reads back from the environment what the plan put there", () => {
  const values = {
    "ksnapshot-cm/S3_BUCKET": "backups",
    "ksnapshot-secret/AWS_ACCESS_KEY_ID": "id",
    "ksnapshot-secret/AWS_SECRET_ACCESS_KEY": "key",
    "ksnapshot-postgresql-shop-db-ad9c1afe-credentials/POSTGRESQL_USERNAME": "shop",
    "ksnapshot-postgresql-shop-db-ad9c1afe-credentials/POSTGRESQL_PASSWORD": "p$(x)",
    "ksnapshot-postgresql-shop-db-ad9c1afe-credentials/POSTGRESQL_DATABASE": "shop",
  };

  const request = parseEnv({ ...kubelet(envOf(plan), values), HOSTNAME: "pod-1" });

  expect(request).toMatchObject({
    ok: true,
    value: {
      source: {
        kind: "postgresql",
        host: plan.host,
        port: 5433,
        username: "shop",
        database: "shop",
        sslMode: "prefer",
      },
      storage: {
        kind: "s3",
        bucket: "backups",
        prefix: "ksnapshot",
        region: "us-east-1",
        endpoint: null,
        forcePathStyle: false,
      },
      compression: "zstd",
      recipients: [recipient],
      pod: "pod-1",
      cluster: plan.cluster,
      ownerUid: plan.ownerUid,
      cronJob: plan.cronJobName,
      owner: plan.owner,
      noProgressTimeoutMs: 600_000,
    },
  });
  const source = request.ok ? request.value.source : null;
  expect(source?.kind === "postgresql" && source.password?.reveal()).toBe("p$(x)");
});

test("doubles every dollar of a literal, so that the kubelet expands nothing in it", () => {
  const env = envOf({ ...plan, owner: { ...plan.owner, name: "$(BACKEND_S3_SECRET_KEY)$x" } });

  expect(env).toContainEqual({ name: "KSNAPSHOT_OWNER", value: "shop/$$(BACKEND_S3_SECRET_KEY)$$x" });
});

test("reads the original's environment, which has none of our own variables", () => {
  const request = parseEnv({
    ...s3,
    BACKEND_PATH: "/ksnapshot/",
    BACKEND_S3_ENDPOINT: "https://s3.example.com",
    BACKEND_S3_REGION: "eu-west-3",
  });

  expect(request).toMatchObject({
    ok: true,
    value: {
      storage: {
        prefix: "ksnapshot",
        endpoint: "https://s3.example.com",
        region: "eu-west-3",
        forcePathStyle: true,
        keys: null,
      },
      compression: "gzip",
      recipients: [],
      pod: "local",
      cronJob: null,
      owner: null,
    },
  });
});

test.each([
  [{ BACKEND_TYPE: "ftp" }, "env-invalid BACKEND_TYPE"],
  [{ BACKEND_TYPE: "" }, "env-missing BACKEND_TYPE"],
  [{ BACKEND_PATH: "" }, "env-missing BACKEND_PATH"],
  [{ ...s3, BACKEND_BUCKET: "" }, "env-missing BACKEND_BUCKET"],
  [{ ...s3, BACKEND_S3_ENDPOINT: "s3.example.com" }, "env-invalid BACKEND_S3_ENDPOINT"],
  [{ ...s3, BACKEND_S3_ENDPOINT: "https://user:hunter2@s3.example.com" }, "env-invalid BACKEND_S3_ENDPOINT"],
  [{ ...s3, BACKEND_S3_ACCESS_KEY: "id" }, "env-missing BACKEND_S3_SECRET_KEY"],
  [{ ...s3, BACKEND_S3_FORCE_PATH_STYLE: "yes" }, "env-invalid BACKEND_S3_FORCE_PATH_STYLE"],
  [{ POSTGRESQL_HOST: "" }, "env-missing POSTGRESQL_HOST"],
  [{ POSTGRESQL_HOST: "", POSTGRESQL_USERNAME: "", POSTGRESQL_DATABASE: "" }, "env-missing KSNAPSHOT_ENGINE"],
  [{ MYSQL_HOST: "db" }, "env-missing KSNAPSHOT_ENGINE"],
  [{ KSNAPSHOT_ENGINE: "oracle" }, "env-invalid KSNAPSHOT_ENGINE"],
  [{ SKIP: "routines" }, "env-invalid SKIP"],
  [{ POSTGRESQL_PORT: "99999" }, "env-invalid POSTGRESQL_PORT"],
  [{ POSTGRESQL_USERNAME: "" }, "env-missing POSTGRESQL_USERNAME"],
  [{ POSTGRESQL_DATABASE: "" }, "env-missing POSTGRESQL_DATABASE"],
  [{ POSTGRESQL_SSLMODE: "on" }, "env-invalid POSTGRESQL_SSLMODE"],
  [{ COMPRESSION: "rar" }, "env-invalid COMPRESSION"],
  [{ ENCRYPTION_ENABLED: "yes" }, "env-invalid ENCRYPTION_ENABLED"],
  [{ ENCRYPTION_ENABLED: "true" }, "env-missing ENCRYPTION_RECIPIENT"],
  [{ ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: "age1nonsense" }, "env-invalid ENCRYPTION_RECIPIENT"],
  [{ NO_PROGRESS_TIMEOUT_SECONDS: "0" }, "env-invalid NO_PROGRESS_TIMEOUT_SECONDS"],
  [{ KSNAPSHOT_OWNER: "db" }, "env-invalid KSNAPSHOT_OWNER"],
  [{ PG_DUMP_OPTIONS: "--no-owner --file=/tmp/x" }, "env-invalid PG_DUMP_OPTIONS"],
  [{ PG_DUMP_OPTIONS: "--create" }, "env-invalid PG_DUMP_OPTIONS"],
  [{ PG_DUMP_OPTIONS: "-f/tmp/x" }, "env-invalid PG_DUMP_OPTIONS"],
  [{ PG_DUMP_OPTIONS: "--format=c" }, "env-invalid PG_DUMP_OPTIONS"],
])("%j is refused, naming the variable", (env, expected) => {
  const request = parseEnv({ ...directory, ...env });

  expect(request.ok ? [] : request.diagnostics.map(({ code, field }) => `${code} ${field ?? ""}`)).toEqual([expected]);
  expect(JSON.stringify(request)).not.toContain("hunter2");
});

const mysql = { BACKEND_TYPE: "directory", BACKEND_PATH: "/snapshots", MYSQL_HOST: "db", MYSQL_USERNAME: "root" };
const search = { BACKEND_TYPE: "directory", BACKEND_PATH: "/snapshots", ELASTICSEARCH_HOST: "es" };

test.each([
  [mysql, { kind: "mysql", port: 3306, password: null, database: null, sslMode: "preferred", skip: [] }],
  [{ ...mysql, MYSQL_DATABASE: "*" }, { database: null }],
  [
    { ...mysql, MYSQL_DATABASE: "shop", SKIP: "events, routines" },
    { database: "shop", skip: ["routines", "events"] },
  ],
  [{ ...mysql, KSNAPSHOT_ENGINE: "mariadb" }, { kind: "mariadb" }],
  [
    { ...directory, POSTGRESQL_DATABASE: "*", SKIP: "globals" },
    { database: null, skip: ["globals"] },
  ],
  [search, { kind: "elasticsearch", scheme: "http", port: 9200, credentials: null, pageSize: 2000 }],
  [
    { ...search, KSNAPSHOT_ENGINE: "opensearch", ELASTICSEARCH_SCHEME: "https" },
    { kind: "opensearch", scheme: "https" },
  ],
])("%j is read", (env, source) => {
  expect(parseEnv(env)).toMatchObject({ ok: true, value: { source } });
});

test.each([
  [{ ...mysql, MYSQL_HOST: "" }, "env-missing MYSQL_HOST"],
  [{ ...mysql, MYSQL_PORT: "tcp://10.0.0.1:3306" }, "env-invalid MYSQL_PORT"],
  [{ ...mysql, MYSQL_USERNAME: "" }, "env-missing MYSQL_USERNAME"],
  [{ ...mysql, MYSQL_SSL_MODE: "on" }, "env-invalid MYSQL_SSL_MODE"],
  [{ ...mysql, MYSQLDUMP_OPTIONS: "--force" }, "env-invalid MYSQLDUMP_OPTIONS"],
  [{ ...mysql, MYSQLDUMP_OPTIONS: "--result-file=/tmp/x" }, "env-invalid MYSQLDUMP_OPTIONS"],
  [{ ...mysql, SKIP: "globals" }, "env-invalid SKIP"],
  [{ ...search, ELASTICSEARCH_SCHEME: "ftp" }, "env-invalid ELASTICSEARCH_SCHEME"],
  [{ ...search, ELASTICDUMP_LIMIT: "10001" }, "env-invalid ELASTICDUMP_LIMIT"],
  [{ ...search, ELASTICSEARCH_USERNAME: "elastic" }, "env-missing ELASTICSEARCH_PASSWORD"],
  [
    { ...search, ELASTICSEARCH_USERNAME: "e", ELASTICSEARCH_PASSWORD: "hunter2", ELASTICSEARCH_API_KEY: "a" },
    "env-invalid ELASTICSEARCH_API_KEY",
  ],
])("%j is refused, naming the variable", (env, expected) => {
  const request = parseEnv(env);

  expect(request.ok ? [] : request.diagnostics.map(({ code, field }) => `${code} ${field ?? ""}`)).toEqual([expected]);
  expect(JSON.stringify(request)).not.toContain("hunter2");
});

test("takes the options of pg_dump that are known to be harmless", () => {
  const request = parseEnv({
    ...directory,
    PG_DUMP_OPTIONS: " --no-owner  --exclude-table=audit.*\n--lock-wait-timeout=5s ",
  });

  expect(request).toMatchObject({
    ok: true,
    value: { source: { options: ["--no-owner", "--exclude-table=audit.*", "--lock-wait-timeout=5s"] } },
  });
});

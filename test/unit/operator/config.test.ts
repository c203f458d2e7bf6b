import { expect, test } from "@jest/globals";
import type { Engine } from "../../../contract/engine.ts";
import { parseOperatorConfig } from "../../../operator/config.ts";
import { type DumperImages, imageOf } from "../../../operator/plan/images.ts";

const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

test("needs nothing but the namespaces to watch", () => {
  expect(parseOperatorConfig({ WATCH_NAMESPACES: " shop, billing,,shop " })).toEqual({
    ...{ ok: true, warnings: [] },
    value: {
      cluster: null,
      ...{ watchNamespaces: ["shop", "billing"], controlNamespace: "ksnapshot", intervalMs: 30_000, logLevel: "info" },
      defaults: { encryptionEnabled: false, recipients: [], compression: "gzip" },
      destination: { kind: "s3", configMapName: "ksnapshot-cm", secretName: null },
      ...{ images: {}, imagePullPolicy: "IfNotPresent", serviceAccountName: "ksnapshot-backup-sa" },
      job: {
        deadlineSeconds: 14_400,
        requests: { cpu: "100m", memory: "128Mi" },
        limits: { memory: "512Mi" },
        caConfigMapName: null,
      },
    },
  });
});

test("takes the original's variables, and more", () => {
  const config = parseOperatorConfig({
    ...{ MODE: "cluster", WATCH_NAMESPACES: "shop", CONTROL_NAMESPACE: "backup", BACKUP_CONFIGMAP_NAME: "cm" },
    ...{ BACKUP_SECRET_NAME: "secret", BACKUP_JOB_SERVICE_ACCOUNT_NAME: "sa", BACKUP_IMAGE_PULL_POLICY: "Always" },
    ...{ MYSQL_DUMPER_IMAGE_5_7: "m57", MYSQL_DUMPER_IMAGE_8: "m8", POSTGRESQL_DUMPER_IMAGE_16: "p16" },
    ...{
      ELASTICSEARCH_DUMPER_IMAGE: "es",
      DEFAULT_ENCRYPTION_ENABLED: "true",
      DEFAULT_ENCRYPTION_RECIPIENT: recipient,
    },
    ...{ DEFAULT_COMPRESSION: "zstd", RECONCILE_INTERVAL_SECONDS: "60", LOG_LEVEL: "debug" },
  });

  expect(config).toMatchObject({
    value: {
      ...{
        controlNamespace: "backup",
        imagePullPolicy: "Always",
        serviceAccountName: "sa",
        intervalMs: 60_000,
        logLevel: "debug",
      },
      destination: { kind: "s3", configMapName: "cm", secretName: "secret" },
      defaults: { encryptionEnabled: true, recipients: [recipient], compression: "zstd" },
      images: {
        MYSQL_DUMPER_IMAGE_5_7: "m57",
        MYSQL_DUMPER_IMAGE_8: "m8",
        POSTGRESQL_DUMPER_IMAGE_16: "p16",
        ELASTICSEARCH_DUMPER_IMAGE: "es",
      },
    },
  });
});

test("keeps snapshots on a volume claim when one is named", () => {
  const config = parseOperatorConfig({ WATCH_NAMESPACES: "shop", BACKUP_VOLUME_CLAIM_NAME: "snapshots" });

  expect(config).toMatchObject({ value: { destination: { kind: "directory", claimName: "snapshots" } } });
});

test("takes what the jobs may use; a group of which one is given is replaced as a whole", () => {
  const config = parseOperatorConfig({
    ...{ WATCH_NAMESPACES: "shop", BACKUP_JOB_DEADLINE_SECONDS: "7200", BACKUP_CA_CONFIGMAP_NAME: "trust" },
    ...{ BACKUP_JOB_MEMORY_REQUEST: "256Mi", BACKUP_JOB_CPU_LIMIT: "1", BACKUP_JOB_MEMORY_LIMIT: "2048Mi" },
  });

  expect(config).toMatchObject({
    value: {
      job: {
        deadlineSeconds: 7200,
        requests: { memory: "256Mi" },
        limits: { cpu: "1", memory: "2Gi" },
        caConfigMapName: "trust",
      },
    },
  });
});

test.each<[string, Record<string, string>, string[]]>([
  [
    "a deadline of a second and a quantity that is none",
    { WATCH_NAMESPACES: "shop", BACKUP_JOB_DEADLINE_SECONDS: "1", BACKUP_JOB_MEMORY_LIMIT: "much" },
    ["env-invalid BACKUP_JOB_DEADLINE_SECONDS", "env-invalid BACKUP_JOB_MEMORY_LIMIT"],
  ],
  ["no namespace", {}, ["env-missing WATCH_NAMESPACES"]],
  ["an empty list", { WATCH_NAMESPACES: "" }, ["env-missing WATCH_NAMESPACES"]],
  ["a list of nothing", { WATCH_NAMESPACES: " , " }, ["env-invalid WATCH_NAMESPACES"]],
  ["a name that is none", { WATCH_NAMESPACES: "shop,Shop" }, ["env-invalid WATCH_NAMESPACES"]],
  [
    "an interval above a minute",
    { WATCH_NAMESPACES: "shop", RECONCILE_INTERVAL_SECONDS: "61" },
    ["env-invalid RECONCILE_INTERVAL_SECONDS"],
  ],
  [
    "everything wrong at once",
    { BACKUP_IMAGE_PULL_POLICY: "never", DEFAULT_ENCRYPTION_ENABLED: "yes", DEFAULT_ENCRYPTION_RECIPIENT: "age1" },
    [
      "env-missing WATCH_NAMESPACES",
      "env-invalid DEFAULT_ENCRYPTION_ENABLED",
      "env-invalid DEFAULT_ENCRYPTION_RECIPIENT",
      "env-invalid BACKUP_IMAGE_PULL_POLICY",
    ],
  ],
])("refuses %s, and names all of it", (_, env, problems) => {
  const config = parseOperatorConfig(env);

  expect(config.ok ? [] : config.diagnostics.map(({ code, field }) => `${code} ${field ?? ""}`)).toEqual(problems);
});

test.each<[Engine, DumperImages, string | null]>([
  [{ kind: "postgresql", version: "14" }, { POSTGRESQL_DUMPER_IMAGE: "any" }, "any"],
  [{ kind: "postgresql", version: "16" }, { POSTGRESQL_DUMPER_IMAGE: "any", POSTGRESQL_DUMPER_IMAGE_16: "own" }, "own"],
  [{ kind: "postgresql", version: "14" }, { POSTGRESQL_DUMPER_IMAGE_16: "own" }, null],
  [{ kind: "mysql", version: "8" }, { MYSQL_DUMPER_IMAGE_8: "m8" }, "m8"],
  [{ kind: "mysql", version: "8.0" }, { MYSQL_DUMPER_IMAGE_8: "m8" }, "m8"],
  [{ kind: "mysql", version: "8.4" }, { MYSQL_DUMPER_IMAGE_8: "m8" }, null],
  [{ kind: "mysql", version: "5.7" }, { MYSQL_DUMPER_IMAGE: "any", MYSQL_DUMPER_IMAGE_5_7: "m57" }, "m57"],
  [{ kind: "elasticsearch", pageSize: 1 }, { ELASTICSEARCH_DUMPER_IMAGE: "es" }, "es"],
  [{ kind: "elasticsearch", pageSize: 1 }, {}, null],
  [{ kind: "opensearch", pageSize: 1 }, { ELASTICSEARCH_DUMPER_IMAGE: "es", OPENSEARCH_DUMPER_IMAGE: "os" }, "os"],
  [{ kind: "opensearch", pageSize: 1 }, { ELASTICSEARCH_DUMPER_IMAGE: "es" }, "es"],
  [{ kind: "mariadb" }, { MARIADB_DUMPER_IMAGE: "maria" }, "maria"],
  [{ kind: "mariadb" }, { MYSQL_DUMPER_IMAGE: "any" }, null],
])("dumps %j of %j with the image %s", (engine, images, expected) => {
  expect(imageOf(engine, images)).toBe(expected);
});

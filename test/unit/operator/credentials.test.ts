import { expect, test } from "@jest/globals";
import type { EngineKind } from "../../../contract/engine.ts";
import { scopeOf } from "../../../operator/plan/container-scope.ts";
import { DatabaseEnvironment } from "../../../operator/plan/database-environment.ts";
import type { ReadData } from "../../../operator/plan/observed.ts";
import type { Workload } from "../../../operator/plan/workloads.ts";
import { type CredentialsInput, planCredentials } from "../../../operator/plan/credentials.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { container, reading, revealed, workload } from "../../support/observed.ts";

interface Setting {
  readonly overrides?: Partial<Workload>;
  readonly read?: ReadData;
}

function input(
  kind: EngineKind,
  fields: object,
  database: string | null = null,
  setting: Setting = {},
): CredentialsInput {
  const { overrides = {}, read = reading([]) } = setting;
  const owned = workload([fields], overrides);
  const from = container(fields);
  const environment = new DatabaseEnvironment(scopeOf(owned, from, read), owned.owner);
  return { kind, server: kind, workload: owned, container: from, database, environment };
}

function plan(kind: EngineKind, env: Readonly<Record<string, string>>, database: string | null = null) {
  const entries = Object.entries(env).map(([name, value]) => ({ name, value }));
  const planned = planCredentials(input(kind, { env: entries }, database));
  const values = planned.credentials.map(({ name, value }) => [shortName(name), revealed(value)] as const);
  return { ...planned, values: Object.fromEntries(values) };
}

test.each<[string, EngineKind, Record<string, string>, Record<string, string>]>([
  [
    "the official postgres image",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p", POSTGRES_DB: "d" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "postgres with a password only",
    "postgresql",
    { POSTGRES_PASSWORD: "p" },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "postgres" },
  ],
  [
    "postgres with a user and no database",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "u" },
  ],
  [
    "postgres with an empty user",
    "postgresql",
    { POSTGRES_USER: "", POSTGRES_PASSWORD: "p" },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "postgres" },
  ],
  [
    "postgres that trusts everybody",
    "postgresql",
    { POSTGRES_HOST_AUTH_METHOD: "trust" },
    { USERNAME: "postgres", PASSWORD: "", DATABASE: "postgres" },
  ],
  [
    "Bitnami's postgresql",
    "postgresql",
    { POSTGRESQL_USERNAME: "u", POSTGRESQL_PASSWORD: "p", POSTGRESQL_DATABASE: "d" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "the official mysql image",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d", MYSQL_ROOT_PASSWORD: "r" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "mysql with root only",
    "mysql",
    { MYSQL_ROOT_PASSWORD: "r", MYSQL_DATABASE: "d" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "d" },
  ],
  [
    "mysql without a database",
    "mysql",
    { MYSQL_ROOT_PASSWORD: "r" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "*" },
  ],
  [
    "mysql with an empty root password",
    "mysql",
    { MYSQL_ALLOW_EMPTY_PASSWORD: "1" },
    { USERNAME: "root", PASSWORD: "", DATABASE: "*" },
  ],
  [
    "mariadb",
    "mysql",
    { MARIADB_USER: "u", MARIADB_PASSWORD: "p", MARIADB_DATABASE: "d" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "Bitnami's mysql with a root of another name",
    "mysql",
    { MYSQL_ROOT_USER: "admin", MYSQL_ROOT_PASSWORD: "r" },
    { USERNAME: "admin", PASSWORD: "r", DATABASE: "*" },
  ],
  [
    "Bitnami's postgresql without a database",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p", BITNAMI_DEBUG: "false" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "postgres" },
  ],
  [
    "Bitnami's postgresql, whose own names win",
    "postgresql",
    {
      POSTGRES_DB: "no",
      POSTGRESQL_DATABASE: "d",
      POSTGRES_PASSWORD: "no",
      POSTGRESQL_PASSWORD: "p",
      BITNAMI_DEBUG: "no",
    },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "the official postgres beside variables of Bitnami's for something else",
    "postgresql",
    { POSTGRES_DB: "d", POSTGRESQL_DATABASE: "no", POSTGRES_PASSWORD: "p", POSTGRESQL_PASSWORD: "no" },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "postgres with a superuser only",
    "postgresql",
    { POSTGRESQL_POSTGRES_PASSWORD: "s", POSTGRESQL_DATABASE: "d" },
    { USERNAME: "postgres", PASSWORD: "s", DATABASE: "d" },
  ],
  [
    "Patroni, which names no database",
    "postgresql",
    { PATRONI_SUPERUSER_USERNAME: "admin", PATRONI_SUPERUSER_PASSWORD: "s" },
    { USERNAME: "admin", PASSWORD: "s", DATABASE: "*" },
  ],
  [
    "Bitnami's postgresql without passwords",
    "postgresql",
    { ALLOW_EMPTY_PASSWORD: "yes", POSTGRESQL_USERNAME: "u", POSTGRESQL_DATABASE: "d" },
    { USERNAME: "u", PASSWORD: "", DATABASE: "d" },
  ],
  [
    "mysql whose user was given no database",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_ROOT_PASSWORD: "r" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "*" },
  ],
  [
    "mysql whose user was given no database, without root's password",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "*" },
  ],
  [
    "mysql whose user was not made, as it has no password",
    "mysql",
    { MYSQL_USER: "u", MYSQL_DATABASE: "d", MYSQL_ROOT_PASSWORD: "r" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "d" },
  ],
  [
    "mysql with a user, and root without a password",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d", MYSQL_ALLOW_EMPTY_PASSWORD: "yes" },
    { USERNAME: "u", PASSWORD: "p", DATABASE: "d" },
  ],
  [
    "mariadb, whose own names win",
    "mariadb",
    { MARIADB_ROOT_PASSWORD: "r", MYSQL_ROOT_PASSWORD: "no", MARIADB_DATABASE: "d", MYSQL_DATABASE: "no" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "d" },
  ],
  [
    "mariadb with an empty root password",
    "mariadb",
    { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1" },
    { USERNAME: "root", PASSWORD: "", DATABASE: "*" },
  ],
  ["elasticsearch, of which nothing is known", "elasticsearch", {}, {}],
  ["elasticsearch", "elasticsearch", { ELASTIC_PASSWORD: "p" }, { USERNAME: "elastic", PASSWORD: "p" }],
  ["elasticsearch without security", "elasticsearch", { ELASTIC_PASSWORD: "p", "xpack.security.enabled": "false" }, {}],
  ["opensearch", "opensearch", { OPENSEARCH_INITIAL_ADMIN_PASSWORD: "p" }, { USERNAME: "admin", PASSWORD: "p" }],
  ["opensearch without security", "opensearch", { DISABLE_SECURITY_PLUGIN: "true" }, {}],
])("knows the conventions of %s", (_, kind, env, expected) => {
  const { values, diagnostics } = plan(kind, env);

  expect(diagnostics).toEqual([]);
  expect(values).toEqual(expected);
});

test.each<[string, EngineKind, Record<string, string>, { code: string; field: string }]>([
  ["no password", "postgresql", {}, { code: "credential-missing", field: "POSTGRES_PASSWORD" }],
  [
    "another way of authentication than trust",
    "postgresql",
    { POSTGRES_HOST_AUTH_METHOD: "md5" },
    { code: "credential-missing", field: "POSTGRES_PASSWORD" },
  ],
  [
    "a password in a file",
    "postgresql",
    { POSTGRES_PASSWORD_FILE: "/run/secrets/pw" },
    { code: "credential-unreadable", field: "POSTGRES_PASSWORD_FILE" },
  ],
  [
    "a user in a file",
    "mysql",
    { MYSQL_USER_FILE: "/u", MYSQL_PASSWORD: "p" },
    { code: "credential-unreadable", field: "MYSQL_USER_FILE" },
  ],
  [
    "a user without its password, and no root",
    "mysql",
    { MYSQL_USER: "u", MYSQL_DATABASE: "d" },
    { code: "credential-missing", field: "MYSQL_PASSWORD" },
  ],
])("reports %s", (_, kind, env, expected) => {
  expect(plan(kind, env).diagnostics).toMatchObject([{ ...expected, subject: { kind: "Deployment", name: "db" } }]);
});

/** What the user of the application may not do, the superuser does. */
test.each<[string, EngineKind, Record<string, string>, string, string]>([
  [
    "every database",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p", POSTGRES_POSTGRES_PASSWORD: "s" },
    "*",
    "postgres s",
  ],
  [
    "another database",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p", POSTGRES_POSTGRES_PASSWORD: "s" },
    "x",
    "u p",
  ],
  [
    "every database, where its user is the superuser",
    "postgresql",
    { POSTGRES_USER: "u", POSTGRES_PASSWORD: "p" },
    "*",
    "u p",
  ],
  [
    "its own database",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d", MYSQL_ROOT_PASSWORD: "r" },
    "d",
    "u p",
  ],
  [
    "every database",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d", MYSQL_ROOT_PASSWORD: "r" },
    "*",
    "root r",
  ],
  [
    "another database",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d", MYSQL_ROOT_PASSWORD: "r" },
    "x",
    "root r",
  ],
  [
    "another database, without root's password",
    "mysql",
    { MYSQL_USER: "u", MYSQL_PASSWORD: "p", MYSQL_DATABASE: "d" },
    "x",
    "u p",
  ],
])("dumps %s of %s with %j as database %s by %s", (_, kind, env, database, login) => {
  const { values, diagnostics } = plan(kind, env, database);

  expect(diagnostics).toEqual([]);
  expect(`${values["USERNAME"] ?? ""} ${values["PASSWORD"] ?? ""}`).toBe(login);
  expect(values["DATABASE"]).toBe(database);
});

const files = { name: "pw", mountPath: "/secrets" };
const passwords: KubeObject = {
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "pw", namespace: "shop" } },
  data: Object.fromEntries(
    Object.entries({ user: "u\n", password: "p p\n\n", root: "r", empty: "\n" }).map(([key, text]) => [
      key,
      Buffer.from(text).toString("base64"),
    ]),
  ),
};

test.each<[string, EngineKind, Record<string, string>, Record<string, string>]>([
  [
    "the official postgres image",
    "postgresql",
    { POSTGRES_USER_FILE: "/secrets/user", POSTGRES_PASSWORD_FILE: "/secrets/password" },
    { USERNAME: "u", PASSWORD: "p p", DATABASE: "u" },
  ],
  [
    "the official mysql image, a path of which is made of variables",
    "mysql",
    { DIR: "/secrets", MYSQL_ROOT_PASSWORD_FILE: "$(DIR)/root" },
    { USERNAME: "root", PASSWORD: "r", DATABASE: "*" },
  ],
  [
    "mariadb",
    "mariadb",
    { MARIADB_USER: "u", MARIADB_PASSWORD_FILE: "/secrets/password", MARIADB_DATABASE: "d" },
    { USERNAME: "u", PASSWORD: "p p", DATABASE: "d" },
  ],
  [
    "a file that is empty, where there is a variable too",
    "postgresql",
    { POSTGRES_PASSWORD_FILE: "/secrets/empty", POSTGRES_PASSWORD: "p" },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "postgres" },
  ],
  [
    "a path that is empty",
    "postgresql",
    { POSTGRES_PASSWORD_FILE: "", POSTGRES_PASSWORD: "p" },
    { USERNAME: "postgres", PASSWORD: "p", DATABASE: "postgres" },
  ],
  [
    "elasticsearch",
    "elasticsearch",
    { ELASTIC_PASSWORD_FILE: "/secrets/password" },
    { USERNAME: "elastic", PASSWORD: "p p" },
  ],
])("follows the files of %s", (_, kind, env, expected) => {
  const entries = Object.entries(env).map(([name, value]) => ({ name, value }));
  const volumes = [{ name: "pw", secret: { secretName: "pw", items: [] } }];

  const setting = { overrides: { volumes }, read: reading([passwords]) };
  const planned = planCredentials(input(kind, { env: entries, volumeMounts: [files] }, null, setting));

  expect(planned.diagnostics).toEqual([]);
  expect(Object.fromEntries(planned.credentials.map(({ name, value }) => [shortName(name), revealed(value)]))).toEqual(
    expected,
  );
});

/** Of an image, with settings: whether a password is needed, and by which scheme it is asked. */
test.each<[EngineKind, string, Record<string, string>, string]>([
  ["elasticsearch", "elasticsearch:7.17.3", {}, "http, nobody"],
  ["elasticsearch", "elasticsearch:7.17.3", { "xpack.security.enabled": "true" }, "credential-missing"],
  [
    "elasticsearch",
    "elasticsearch:7.17.3",
    { ELASTIC_PASSWORD: "p", "xpack.security.http.ssl.enabled": "true" },
    "https, elastic p",
  ],
  ["elasticsearch", "elasticsearch:8.15.0", {}, "credential-missing"],
  ["elasticsearch", "elasticsearch:8.15.0", { "xpack.security.enabled": "false" }, "http, nobody"],
  [
    "elasticsearch",
    "elasticsearch:8.15.0",
    { "xpack.security.enabled": "true", ELASTIC_PASSWORD: "p" },
    "http, elastic p",
  ],
  ["elasticsearch", "elasticsearch:8.15.0", { ES_SETTING_XPACK_SECURITY_ENABLED: "false" }, "http, nobody"],
  ["elasticsearch", "elasticsearch:9.1.0", { ELASTIC_PASSWORD: "p" }, "https, elastic p"],
  [
    "elasticsearch",
    "elasticsearch:9.1.0",
    { ELASTIC_PASSWORD: "p", "discovery.type": "single-node" },
    "https, elastic p",
  ],
  ["elasticsearch", "elasticsearch:9.1.0", { ELASTIC_PASSWORD: "p", "discovery.seed_hosts": "es" }, "http, elastic p"],
  [
    "elasticsearch",
    "elasticsearch:9.1.0",
    { ELASTIC_PASSWORD: "p", "xpack.security.autoconfiguration.enabled": "false" },
    "http, elastic p",
  ],
  ["elasticsearch", "bitnami/elasticsearch:9.0.1", {}, "http, nobody"],
  [
    "elasticsearch",
    "bitnami/elasticsearch:9.0.1",
    { ELASTICSEARCH_ENABLE_SECURITY: "true", ELASTICSEARCH_PASSWORD: "p" },
    "https, elastic p",
  ],
  [
    "elasticsearch",
    "bitnami/elasticsearch:9.0.1",
    { ELASTICSEARCH_ENABLE_SECURITY: "yes", ELASTICSEARCH_PASSWORD: "p", ELASTICSEARCH_ENABLE_REST_TLS: "false" },
    "http, elastic p",
  ],
  [
    "elasticsearch",
    "opensearchproject/opensearch:2.19.0",
    { OPENSEARCH_INITIAL_ADMIN_PASSWORD: "p" },
    "https, admin p",
  ],
  ["opensearch", "opensearchproject/opensearch:2.19.0", {}, "credential-missing"],
  ["opensearch", "opensearchproject/opensearch:2.11.1", {}, "https, admin admin"],
  ["opensearch", "opensearchproject/opensearch:2.11.1", { DISABLE_INSTALL_DEMO_CONFIG: "true" }, "credential-missing"],
  ["opensearch", "opensearchproject/opensearch:latest", { "plugins.security.disabled": "true" }, "http, nobody"],
  [
    "opensearch",
    "opensearchproject/opensearch:3.0.0",
    { OPENSEARCH_INITIAL_ADMIN_PASSWORD: "p", "plugins.security.ssl.http.enabled": "false" },
    "http, admin p",
  ],
])("asks %s of the image %s with %j by %s", (kind, image, env, expected) => {
  const entries = Object.entries(env).map(([name, value]) => ({ name, value }));
  const server = image.includes("opensearch") ? "opensearch" : "elasticsearch";

  const { credentials, https, diagnostics } = planCredentials({ ...input(kind, { image, env: entries }), server });

  const who = credentials.length === 0 ? "nobody" : credentials.map(({ value }) => revealed(value)).join(" ");
  expect(diagnostics[0]?.code ?? `${https ? "https" : "http"}, ${who}`).toBe(expected);
});

test.each<[string, string, string]>([
  ["the variables of the names that count first", "{}", "POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB"],
  [
    "what is certain over what may be",
    '{"env":[{"name":"POSTGRESQL_PASSWORD","value":"p"}]}',
    "POSTGRES_USER POSTGRESQL_PASSWORD POSTGRES_DB",
  ],
])("guesses from a whole Secret that no file holds %s", (_, fields, expected) => {
  const read = reading([], { "Secret shop/whole": { state: "elsewhere" } });
  const from = { ...(JSON.parse(fields) as object), envFrom: [{ secretRef: { name: "whole" } }] };

  const { credentials } = planCredentials(input("postgresql", from, null, { read }));

  const keys = credentials.map(({ source }) =>
    "key" in source ? source.key : "variable" in source ? source.variable : "",
  );
  expect(keys.join(" ")).toBe(expected);
});

test("guesses no superuser", () => {
  const read = reading([], { "Secret shop/whole": { state: "elsewhere" } });
  const from = { env: [{ name: "POSTGRES_PASSWORD", value: "p" }], envFrom: [{ secretRef: { name: "whole" } }] };

  const { credentials } = planCredentials(input("postgresql", from, "*", { read }));

  expect(credentials[1]?.source).toEqual({ from: "literal", variable: "POSTGRES_PASSWORD" });
});

test("says where an operator's Secret was looked for", () => {
  const setting = { overrides: { labels: { "cnpg.io/cluster": "pg" } } };

  const { diagnostics } = planCredentials(input("postgresql", {}, null, setting));

  expect(diagnostics[0]?.problem).toContain("there is no Secret pg-app");
});

test("says that a password is known to nobody but the database", () => {
  const { diagnostics } = plan("mariadb", { MARIADB_RANDOM_ROOT_PASSWORD: "1" });

  expect(diagnostics[0]?.problem).toContain("by MARIADB_RANDOM_ROOT_PASSWORD nothing but the database knows it");
});

test("lets the annotation name the database, over the container", () => {
  const { values, credentials } = plan("postgresql", { POSTGRES_PASSWORD: "p", POSTGRES_DB: "d" }, "$(HOME)");

  expect(values["DATABASE"]).toBe("$(HOME)");
  expect(credentials.at(-1)?.source).toEqual({ from: "literal", variable: "ksnapshot.clickandmortar.fr/database" });
});

test("mirrors only what the dump needs", () => {
  const { credentials } = plan("postgresql", { POSTGRES_PASSWORD: "p", API_TOKEN: "t", POSTGRES_INITDB_ARGS: "x" });

  expect(credentials.map(({ name }) => name)).toEqual([
    "POSTGRESQL_USERNAME",
    "POSTGRESQL_PASSWORD",
    "POSTGRESQL_DATABASE",
  ]);
});

test("tells a whole environment that is missing once", () => {
  const fields = { envFrom: [{ secretRef: { name: "no" } }] };

  const { diagnostics } = planCredentials(input("postgresql", fields));

  expect(diagnostics.map(({ code }) => code)).toEqual(["credential-missing"]);
});

/** Without the engine's prefix. */
function shortName(name: string): string {
  return name.replace(/^[A-Z]+_/, "");
}

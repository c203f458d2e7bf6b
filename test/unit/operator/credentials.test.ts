import { expect, test } from "@jest/globals";
import type { EngineKind } from "../../../contract/engine.ts";
import { scopeOf } from "../../../operator/plan/container-scope.ts";
import { DatabaseEnvironment } from "../../../operator/plan/database-environment.ts";
import type { ReadData } from "../../../operator/plan/observed.ts";
import type { Workload } from "../../../operator/plan/workloads.ts";
import { type CredentialsInput, planCredentials } from "../../../operator/plan/credentials.ts";
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
  const values = planned.credentials.map(({ name, value }) => [name.replace(/^[A-Z]+_/, ""), revealed(value)] as const);
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
  ["elasticsearch, which needs none", "elasticsearch", {}, {}],
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

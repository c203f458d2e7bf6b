import { describe, expect, test } from "@jest/globals";
import type { PostgresqlRequest } from "../../../contract/postgresql-request.ts";
import { databasesOf, type Observed, problemsOf, reportOf } from "../../../dumper/source/postgresql-check.ts";
import type { Findings } from "../../../dumper/source/postgresql-findings.ts";
import type { Database, Server } from "../../../dumper/source/postgresql-server.ts";

const nothing: Findings = {
  objects: 0,
  largeObjectCount: 0,
  lcMonetary: null,
  unfit: [],
  pathDependent: [],
  schemas: [],
  tables: [],
  sequences: [],
  largeObjects: { count: 0, first: [] },
  filtered: [],
  unlogged: [],
  foreignTables: [],
  subscriptions: [],
  userMappings: [],
};

function database(name: string, change: Partial<Database> = {}, row: Partial<Database["row"]> = {}): Database {
  return {
    name,
    allowsConnections: true,
    mayConnect: true,
    owner: "postgres",
    encoding: "UTF8",
    tablespace: "pg_default",
    row: { datcollate: "C", datctype: "C", datconnlimit: -1, datistemplate: false, ...row },
    comment: null,
    labels: [],
    settings: [],
    grants: null,
    ...change,
  };
}

function request(change: Partial<PostgresqlRequest> = {}): PostgresqlRequest {
  return {
    ...{ kind: "postgresql", host: "db", port: 5432, username: "bk", password: null, database: null },
    ...{ sslMode: "prefer", caFile: null, options: [], skip: [] },
    ...change,
  };
}

function server(change: Partial<Server> = {}): Server {
  return {
    ...{ version: "16.4", major: 16, user: "bk", isSuperuser: false, readsRoles: true, askedIn: "postgres" },
    unfit: [],
    replica: null,
    databases: [],
    ...change,
  };
}

function observed(name: string, findings: Partial<Findings> | null): Observed {
  return { database: database(name), findings: findings === null ? null : { ...nothing, ...findings } };
}

describe("every database", () => {
  const databases = [
    database("closed", { allowsConnections: false }),
    database("half dropped", {}, { datconnlimit: -2 }),
    database("a template of theirs", {}, { datistemplate: true }),
    database("postgres"),
    database("template0", { allowsConnections: false }),
    database("template1"),
  ];

  test("is each that allows connections, but for the server's own templates", () => {
    const names = databasesOf(server({ databases }), request()).map(({ name }) => name);

    expect(names).toEqual(["a template of theirs", "postgres"]);
  });

  test("leaves the others out by name, each with the reason", () => {
    const { skipped, notes } = reportOf(request(), server({ databases }), []);

    expect(skipped).toEqual([
      'database "closed": it allows no connections',
      'database "half dropped": invalid, as DROP DATABASE was interrupted',
      `database "template0": the server's own template`,
      `database "template1": the server's own template`,
    ]);
    expect(notes.join(" ")).toMatch(/not of one point in time.*hashes/);
  });
});

describe("what would make a dump fail", () => {
  test("is nothing where all can be read", () => {
    expect(problemsOf(request(), server(), [observed("shop", {})])).toEqual([]);
    expect(problemsOf(request({ database: "shop" }), server({ readsRoles: false }), [observed("shop", {})])).toEqual(
      [],
    );
  });

  test("is told all at once, in every database, with the statements to run", () => {
    const denied = {
      schemas: ['"S"'],
      tables: ["a.t"],
      sequences: ["a.s"],
      largeObjects: { count: 1, first: ["16400"] },
      filtered: ["a.f"],
    };

    const problems = problemsOf(request(), server({ readsRoles: false }), [
      observed("locked", null),
      observed("shop", denied),
      observed("other", { tables: ["b.t"] }),
    ]);

    expect(problems.join("\n")).toBe(
      [
        'The user bk may not read the roles with their passwords, which the globals hold. Run as a superuser, in the database "postgres":',
        "  GRANT SELECT ON pg_catalog.pg_authid TO bk;",
        "or leave roles and tablespaces out on purpose: skip: globals (SKIP=globals).",
        "The user bk may not read all of it. Run as a superuser:",
        '  GRANT CONNECT ON DATABASE "locked" TO bk;',
        'The user bk may not read all of it. Run as its owner in the database "shop":',
        '  GRANT USAGE ON SCHEMA "S" TO bk;',
        "  GRANT SELECT ON TABLE a.t TO bk;",
        "  GRANT SELECT ON SEQUENCE a.s TO bk;",
        "  GRANT SELECT ON LARGE OBJECT 16400 TO bk;",
        'Row-level security hides rows of a.f in the database "shop" from bk, and pg_dump refuses to go on. Run as a superuser:',
        "  ALTER ROLE bk BYPASSRLS;",
        'The user bk may not read all of it. Run as its owner in the database "other":',
        "  GRANT SELECT ON TABLE b.t TO bk;",
      ].join("\n"),
    );
  });

  test.each([
    { name: "globals are skipped", change: { skip: ["globals"] }, findings: {} },
    {
      name: "large objects are skipped",
      change: { skip: ["globals", "large-objects"] },
      findings: { largeObjects: { count: 1, first: ["1"] } },
    },
    {
      name: "the options may leave the table out",
      change: { skip: ["globals"], options: ["--exclude-table=t"] },
      findings: { tables: ["t"] },
    },
    {
      name: "rows are to be hidden",
      change: { skip: ["globals"], options: ["--enable-row-security"] },
      findings: { filtered: ["t"] },
    },
  ] satisfies readonly { name: string; change: Partial<PostgresqlRequest>; findings: Partial<Findings> }[])(
    "is not what is left out on purpose: $name",
    ({ change, findings }) => {
      expect(problemsOf(request(change), server({ readsRoles: false }), [observed("shop", findings)])).toEqual([]);
    },
  );

  test("is a database of the globals' own name, or none at all", () => {
    expect(problemsOf(request(), server(), [observed("pg_globals", {})])).toEqual([
      expect.stringContaining("Rename it"),
    ]);
    expect(problemsOf(request(), server(), [])).toEqual([expect.stringContaining("no database")]);
  });
});

describe("what a dump does not hold", () => {
  test.each([
    [{ lastTransaction: "2026-01-31T03:00:00Z", bytesBehind: 48 }, /until 2026-01-31T03:00:00Z\. It had 48 bytes/],
    [{ lastTransaction: null, bytesBehind: null }, /^A standby was dumped\. It did not stream/],
  ])("is what a standby does not have, with how far behind it is: %o", (replica, note) => {
    const one = [observed("shop", { unlogged: ["public.u"] })];

    const { skipped, notes } = reportOf(request({ database: "shop" }), server({ replica }), one);

    expect(skipped).toEqual(["content of the unlogged public.u: a standby does not have it"]);
    expect(notes[0]).toMatch(note);
    expect(reportOf(request({ database: "shop" }), server(), one).skipped).toEqual([]);
  });

  const hidden = { foreignTables: ["f.t"], subscriptions: ["sub"], userMappings: ["bob at far"] };

  test("is named where pg_dump says nothing of it", () => {
    const { skipped } = reportOf(request({ database: "shop" }), server(), [observed("shop", hidden)]);

    expect(skipped).toEqual([
      "subscription sub: only a superuser may dump it",
      "options of the user mapping of bob at far: only a superuser may read them",
      "rows of the foreign table f.t: they are on another server",
    ]);
  });

  test("is less for a superuser", () => {
    const { skipped } = reportOf(request(), server({ isSuperuser: true }), [observed("shop", hidden)]);

    expect(skipped).toEqual(['rows of the foreign table f.t of the database "shop": they are on another server']);
  });

  test("is named where it was left out on purpose", () => {
    const { skipped } = reportOf(
      request({ options: ["--no-owner", "--inserts", "--exclude-table=t"], skip: ["globals", "large-objects"] }),
      server(),
      [],
    );

    expect(skipped).toEqual([
      "--no-owner",
      "--exclude-table=t",
      "roles and tablespaces: on purpose (skip: globals)",
      "large objects: on purpose (skip: large-objects)",
    ]);
  });

  test("is the database's own settings, grants and comment, when it is dumped alone", () => {
    const own = database("shop", { comment: "ours", settings: [{ role: null, config: "work_mem=1MB" }] });

    const { skipped } = reportOf(request({ database: "shop" }), server(), [{ database: own, findings: nothing }]);

    expect(skipped).toEqual([expect.stringMatching(/^the database's own settings \(.*\), comment: a dump of one/)]);
  });
});

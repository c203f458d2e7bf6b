import { describe, expect, test } from "@jest/globals";
import { Secret } from "../../../contract/secret.ts";
import { parsePostgresqlTarget } from "../../../dumper/restore/postgresql-target.ts";
import { parseTarget } from "../../../dumper/restore/target.ts";
import { databaseArgument } from "../../../dumper/source/conninfo.ts";
import { hasEndMark } from "../../../dumper/source/end-mark.ts";
import { libpqFailed } from "../../../dumper/source/libpq-failure.ts";
import { judgePgDump, pgDumpCommand } from "../../../dumper/source/postgresql.ts";

const request = {
  host: "db.shop.svc",
  port: 5432,
  username: "shop",
  password: new Secret("hunter22"),
  database: "shop",
  encoding: "LATIN1",
  unfit: ["default_transaction_isolation", "lock_timeout"],
  sslMode: "verify-full",
  caFile: "/ca.pem",
  options: ["--no-owner"],
  skip: [],
} as const;

describe("pg_dump", () => {
  test("gets the password by its environment, and nothing of ours beside", () => {
    const hostile = { PATH: "/bin", BACKEND_S3_SECRET_KEY: "s3 secret", PGSERVICE: "other", PGOPTIONS: "-c x=1" };

    const { args, env } = pgDumpCommand(request, hostile);

    expect(args).toEqual(["--no-password", "--no-owner", "--dbname=dbname='shop'"]);
    expect(env).toEqual({
      PATH: "/bin",
      LC_ALL: "C.UTF-8",
      PGHOST: "db.shop.svc",
      PGPORT: "5432",
      PGUSER: "shop",
      PGPASSWORD: "hunter22",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/ca.pem",
      PGCONNECT_TIMEOUT: "15",
      PGAPPNAME: "ksnapshot",
      PGCLIENTENCODING: "LATIN1",
      PGOPTIONS: "-c default_transaction_isolation=read\\ committed -c lock_timeout=0",
    });
  });

  test("leaves large objects out when told, in the word that every major knows", () => {
    const { args } = pgDumpCommand({ ...request, skip: ["large-objects"] }, {});

    expect(args).toEqual(["--no-password", "-B", "--no-owner", "--dbname=dbname='shop'"]);
  });

  test.each([
    ["shop", "--dbname=dbname='shop'"],
    ["host=evil", "--dbname=dbname='host=evil'"],
    ["--help", "--dbname=dbname='--help'"],
    ["it's", String.raw`--dbname=dbname='it\'s'`],
    [String.raw`a\' host='evil`, String.raw`--dbname=dbname='a\\\' host=\'evil'`],
  ])("is told the database %s as one value", (database, expected) => {
    expect(databaseArgument(database)).toBe(expected);
  });

  const mark = "\n--\n-- PostgreSQL database dump complete\n--\n\n";
  test.each([
    { name: "the end mark", tail: `x${mark}`, isWhole: true },
    { name: "the end mark and \\unrestrict", tail: `x${mark}\\unrestrict Ab12\n\n`, isWhole: true },
    { name: "nothing", tail: "x\n", isWhole: false },
    { name: "the end mark and more rows", tail: `${mark}1\t2\n`, isWhole: false },
    { name: "a part of the end mark", tail: mark.slice(0, -12), isWhole: false },
    {
      name: "the words of the end mark inside a row",
      tail: "1\t-- PostgreSQL database dump complete\n",
      isWhole: false,
    },
  ])("has written a whole dump only with its end mark: $name", ({ tail, isWhole }) => {
    expect(hasEndMark("postgresql", tail)).toBe(isWhole);
  });

  test("tells both versions at the head of the dump", () => {
    const head = "--\n-- Dumped from database version 16.4 (Debian)\n-- Dumped by pg_dump version 18.1\n";

    expect(judgePgDump({ bytes: 1, head, tail: mark })).toEqual({ server: "16.4", tool: "18.1" });
    expect(() => judgePgDump({ bytes: 1, head, tail: "" })).toThrow("without its end mark");
  });
});

test.each([
  ['FATAL:  password authentication failed for user "shop"', "correct the user or password"],
  ['FATAL:  database "shop" does not exist', "correct the name of the database"],
  ['FATAL:  permission denied for database "shop"', "grant it to the user"],
  ["pg_dump: unrecognized option '--exclude-extension=x'", "take the option out of PG_DUMP_OPTIONS"],
  ["server closed the connection unexpectedly", "look at the database server's log"],
  ["something new with hunter22", "look at the database server's log"],
])("pg_dump's failure says what to do, and never the password: %s", (stderr, remedy) => {
  const exit = { program: "pg_dump", status: 1, signal: null, startError: null, stderr };

  const { message } = libpqFailed(exit, new Secret("hunter22"));

  expect(message).toContain(`; ${remedy}`);
  expect(message).not.toContain("hunter22");
});

describe("a restore's target", () => {
  test("is read with its port, names and TLS", () => {
    const text = "postgres://shop%20owner@[::1]:6432/a%2Fb?sslmode=verify-full&sslrootcert=/ca.pem";

    expect(parsePostgresqlTarget(new URL(text))).toEqual({
      value: {
        host: "::1",
        port: 6432,
        username: "shop owner",
        password: null,
        database: "a/b",
        sslMode: "verify-full",
        caFile: "/ca.pem",
      },
    });
  });

  test.each(["postgres://admin@db", "postgres://admin@db/"])("is the whole server without a database: %s", (text) => {
    expect(parsePostgresqlTarget(new URL(text))).toMatchObject({ value: { host: "db", database: null } });
  });

  test.each([
    ["postgres://shop:hunter22@db/shop", /holds a password.*PGPASSWORD/],
    ["oracle://shop@db/shop", /not a URL that begins with one of postgres:/],
    ["shop", /not a URL that begins with/],
    ["postgres://db/shop", /names no user/],
    ["postgres://shop@db/%", /names no database/],
    ["postgres://shop@db/shop?options=-c", /"options" is not sslmode or sslrootcert/],
    ["postgres://shop@db/shop?sslmode=yes", /"yes" is not one of disable/],
  ])("%s is refused", (text, problem) => {
    const reading = parseTarget(text);

    expect(reading).toEqual({ problem: expect.stringMatching(problem) });
    expect(JSON.stringify(reading)).not.toContain("hunter22");
  });
});

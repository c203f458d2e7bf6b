import { expect, test } from "@jest/globals";
import { PsqlErrors } from "../../../dumper/restore/psql-errors.ts";
import { psqlFailed } from "../../../dumper/restore/psql.ts";

function errorsIn(text: string, size: number): PsqlErrors {
  const errors = new PsqlErrors();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) errors.take(bytes.subarray(at, at + size));
  return errors;
}

const told = [
  "WARNING:  25001: there is already a transaction in progress",
  "LOCATION:  BeginTransactionBlock, xact.c:3873",
  'ERROR:  42P01: relation "nothing" does not exist',
  "LINE 1: REFRESH MATERIALIZED VIEW x;",
  "LOCATION:  parserOpenTable, parse_relation.c:1449",
  "STATEMENT:  REFRESH MATERIALIZED VIEW",
  "  public.x;",
  'psql:<stdin>:12: ERROR:  23505: duplicate key value violates unique constraint "t_pkey"',
  "DETAIL:  Key (id)=(1) already exists.",
  "LOCATION:  _bt_check_unique, nbtinsert.c:673",
  `STATEMENT:  INSERT INTO t VALUES ('${"x".repeat(100_000)}');`,
  "",
].join("\n");

test.each([1, 7, 1_000_000])("what failed is told with its statement, in pieces of %i bytes", (size) => {
  const { errors, count } = errorsIn(told, size);

  expect(count).toBe(2);
  expect(errors[0]).toEqual({
    sqlstate: "42P01",
    message: 'ERROR: relation "nothing" does not exist LINE 1: REFRESH MATERIALIZED VIEW x;',
    statement: "REFRESH MATERIALIZED VIEW public.x;",
  });
  expect(errors[1]?.message).toMatch(/^ERROR: duplicate key .* DETAIL: {2}Key \(id\)=\(1\) already exists\.$/);
  expect(errors[1]?.statement).toMatch(/^INSERT INTO t VALUES \('x{170,}$/);
});

test("no more than a hundred are kept, and all are counted", () => {
  const { errors, count } = errorsIn("ERROR:  42601: no\nSTATEMENT:  SELECT 1;\n".repeat(5_000), 1_000);

  expect(errors).toHaveLength(100);
  expect(errors.at(-1)).toEqual({ message: "ERROR: no", sqlstate: "42601", statement: "SELECT 1;" });
  expect(count).toBe(5_000);
});

// Of a server with lc_messages = de_DE, and of one with ru_RU.
test("what a server says in another language is counted, and warnings are not", () => {
  const { errors, count } = errorsIn(
    [
      "WARNUNG:  25001: eine Transaktion ist bereits begonnen",
      "LOCATION:  BeginTransactionBlock, xact.c:3873",
      "FEHLER:  42P01: Relation »nichts« existiert nicht",
      "ZEILE 1: SELECT * FROM nichts;",
      "LOCATION:  parserOpenTable, parse_relation.c:1449",
      "STATEMENT:  SELECT * FROM nichts;",
      "WARNUNG:  01007: keine Privilegien wurden für »t« gewährt",
      "LOCATION:  restrict_and_check_grant, aclchk.c:314",
      "psql:<stdin>:3: ОШИБКА:  42501: нет доступа к таблице t",
      "LOCATION:  aclcheck_error, aclchk.c:2843",
      "psql:<stdin>:3: STATEMENT:  GRANT SELECT ON TABLE t TO u;",
      "psql:<stdin>:4: error: invalid command \\x",
      "",
    ].join("\n"),
    1_000,
  );

  expect(count).toBe(3);
  expect(errors).toEqual([
    {
      message: "FEHLER: Relation »nichts« existiert nicht ZEILE 1: SELECT * FROM nichts;",
      sqlstate: "42P01",
      statement: "SELECT * FROM nichts;",
    },
    { message: "ОШИБКА: нет доступа к таблице t", sqlstate: "42501", statement: "GRANT SELECT ON TABLE t TO u;" },
    { message: "invalid command \\x", sqlstate: null, statement: "" },
  ]);
});

test.each([
  ["42501", "GRANT SELECT ON TABLE t TO u;", /as a superuser/],
  ["42704", "ALTER TABLE public.t OWNER TO u;", /CREATE ROLE/],
  ["42P07", "CREATE TABLE public.t ();", /empty database/],
])("a refusal of %s in another language has its remedy", (sqlstate, statement, remedy) => {
  const errors = errorsIn(`FEHLER:  ${sqlstate}: so nicht\nLOCATION:  f, f.c:1\nSTATEMENT:  ${statement}\n`, 100);
  const exit = { program: "psql", status: 3, signal: null, startError: null, stderr: "" };
  const target = { host: "h", port: 1, username: "u", password: null, sslMode: "prefer", caFile: null } as const;

  const { message } = psqlFailed(exit, errors, { ...target, database: "d" });

  expect(message).toMatch(remedy);
  expect(message).toContain(`psql exited with 3: FEHLER: so nicht, at: ${statement}`);
});

import { expect, test } from "@jest/globals";
import { PsqlErrors } from "../../../dumper/restore/psql-errors.ts";

function errorsIn(text: string, size: number): PsqlErrors {
  const errors = new PsqlErrors();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) errors.take(bytes.subarray(at, at + size));
  return errors;
}

const told = [
  "WARNING:  there is already a transaction in progress",
  'ERROR:  relation "nothing" does not exist',
  "LINE 1: REFRESH MATERIALIZED VIEW x;",
  "STATEMENT:  REFRESH MATERIALIZED VIEW",
  "  public.x;",
  'psql:<stdin>:12: ERROR:  duplicate key value violates unique constraint "t_pkey"',
  "DETAIL:  Key (id)=(1) already exists.",
  `STATEMENT:  INSERT INTO t VALUES ('${"x".repeat(100_000)}');`,
  "",
].join("\n");

test.each([1, 7, 1_000_000])("what failed is told with its statement, in pieces of %i bytes", (size) => {
  const { errors, count } = errorsIn(told, size);

  expect(count).toBe(2);
  expect(errors[0]).toEqual({
    message: 'ERROR: relation "nothing" does not exist LINE 1: REFRESH MATERIALIZED VIEW x;',
    statement: "REFRESH MATERIALIZED VIEW public.x;",
  });
  expect(errors[1]?.message).toMatch(/^ERROR: duplicate key .* DETAIL: {2}Key \(id\)=\(1\) already exists\.$/);
  expect(errors[1]?.statement).toMatch(/^INSERT INTO t VALUES \('x{170,}$/);
});

test("no more than a hundred are kept, and all are counted", () => {
  const { errors, count } = errorsIn("ERROR:  no\nSTATEMENT:  SELECT 1;\n".repeat(5_000), 1_000);

  expect(errors).toHaveLength(100);
  expect(errors.at(-1)).toEqual({ message: "ERROR: no", statement: "SELECT 1;" });
  expect(count).toBe(5_000);
});

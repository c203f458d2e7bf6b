import { describe, expect, test } from "@jest/globals";
import { environmentReader, parseEnv } from "../../../contract/dump-request.ts";
import { parseStorage, type StorageVariable } from "../../../contract/storage.ts";

const s3 = { BACKEND_TYPE: "s3", BACKEND_BUCKET: "backups" };

function read(env: Readonly<Record<string, string>>) {
  const reader = environmentReader<StorageVariable>(env, "test");
  const storage = parseStorage(reader);
  return { storage, problems: reader.diagnostics.map(({ code, field }) => `${code} ${field ?? ""}`) };
}

test("a bucket has ten thousand parts and the system's authorities unless told otherwise", () => {
  expect(read(s3)).toMatchObject({ problems: [], storage: { maxParts: 10_000, caFile: null } });
  expect(read({ ...s3, BACKEND_S3_MAX_PARTS: "1000", BACKEND_S3_CA_FILE: "/ca.pem" })).toMatchObject({
    problems: [],
    storage: { maxParts: 1_000, caFile: "/ca.pem" },
  });
});

test.each(["0", "99", "10001", "1e3", "many"])("%j is no number of parts", (text) => {
  expect(read({ ...s3, BACKEND_S3_MAX_PARTS: text }).problems).toEqual(["env-invalid BACKEND_S3_MAX_PARTS"]);
});

test.each([
  ["at its end", "AKIA\n", /^It has a line break at its end/],
  ["of Windows", "AKIA\r\n", /^It has a line break at its end/],
  ["in its middle", "AK\nIA", /^It has a line break, /],
])("a key with a line break %s is refused by the name of its variable, and not shown", (_, key, problem) => {
  const keys = { BACKEND_S3_ACCESS_KEY: "AKIA", BACKEND_S3_SECRET_KEY: "secret" };

  for (const field of ["BACKEND_S3_ACCESS_KEY", "BACKEND_S3_SECRET_KEY"]) {
    const reader = environmentReader<StorageVariable>({ ...s3, ...keys, [field]: key }, "test");
    parseStorage(reader);

    expect(reader.diagnostics).toMatchObject([{ code: "env-invalid", field, problem: expect.stringMatching(problem) }]);
    expect(JSON.stringify(reader.diagnostics)).not.toContain("AK");
  }
});

test("slashes around a bucket's prefix do not count", () => {
  expect(read({ ...s3, BACKEND_PATH: "/team/snapshots/" })).toMatchObject({ storage: { prefix: "team/snapshots" } });
  expect(read({ ...s3, BACKEND_PATH: "/" })).toMatchObject({ problems: [], storage: { prefix: "" } });
});

test.each(["a//b", "..", "a/../b", "./a"])("%j is no prefix", (text) => {
  expect(read({ ...s3, BACKEND_PATH: text }).problems).toEqual(["env-invalid BACKEND_PATH"]);
});

describe("the job's deadline", () => {
  const env = { ...s3, POSTGRESQL_HOST: "db", POSTGRESQL_USERNAME: "shop", POSTGRESQL_DATABASE: "shop" };

  test("is four hours unless told otherwise", () => {
    expect(parseEnv(env)).toMatchObject({ ok: true, value: { jobDeadlineMs: 14_400_000 } });
    expect(parseEnv({ ...env, JOB_DEADLINE_SECONDS: "60" })).toMatchObject({ value: { jobDeadlineMs: 60_000 } });
  });

  test.each(["0", "-1", "604801", "4h"])("is refused as %j", (text) => {
    const request = parseEnv({ ...env, JOB_DEADLINE_SECONDS: text });

    expect(request).toMatchObject({ ok: false, diagnostics: [{ code: "env-invalid", field: "JOB_DEADLINE_SECONDS" }] });
  });
});

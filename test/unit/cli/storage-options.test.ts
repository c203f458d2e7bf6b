import { expect, test } from "@jest/globals";
import { parseStorageArgs, storageEnv } from "../../../cli/storage-options.ts";

const none = { storage: undefined, endpoint: undefined, region: undefined };

test.each([
  ["s3://snapshots", { kind: "s3", bucket: "snapshots", prefix: "", endpoint: null, forcePathStyle: false }],
  ["s3://snapshots/", { kind: "s3", bucket: "snapshots", prefix: "" }],
  ["s3://snapshots/ksnapshot/2026/", { kind: "s3", bucket: "snapshots", prefix: "ksnapshot/2026" }],
  ["./snapshots", { kind: "directory", path: "./snapshots" }],
  ["/var/snapshots", { kind: "directory", path: "/var/snapshots" }],
])("--storage %s is understood", (storage, expected) => {
  expect(parseStorageArgs({ ...none, storage }, {})).toMatchObject(expected);
});

test("without --storage the dumper's variables count, and options win over them", () => {
  const env = { BACKEND_TYPE: "s3", BACKEND_BUCKET: "b", BACKEND_S3_ENDPOINT: "http://one", AWS_REGION: "eu-west-3" };

  expect(parseStorageArgs(none, env)).toMatchObject({
    bucket: "b",
    prefix: "ksnapshot",
    region: "eu-west-3",
    endpoint: "http://one",
  });
  expect(parseStorageArgs({ ...none, endpoint: "http://two", region: "x" }, env)).toMatchObject({
    region: "x",
    endpoint: "http://two",
  });
});

test("no storage at all, and a wrong one, are told with what to do", () => {
  expect(() => parseStorageArgs(none, {})).toThrow(/add --storage/);
  expect(() => parseStorageArgs({ ...none, storage: "s3://b", endpoint: "nowhere" }, {})).toThrow(
    /BACKEND_S3_ENDPOINT: "nowhere" is not an http/,
  );
});

test("a dump to a bucket without a path keeps the default path", () => {
  expect(storageEnv({ ...none, storage: "s3://b" }, {})).toMatchObject({
    BACKEND_TYPE: "s3",
    BACKEND_BUCKET: "b",
    BACKEND_PATH: "",
  });
});

test.each(["s3:/snapshots/ksnapshot", "s3:snapshots", "s3://", "S3://snapshots", "https://s3.example.com/snapshots"])(
  "--storage %s is no directory of that name",
  (storage) => {
    expect(() => storageEnv({ ...none, storage }, {})).toThrow(
      `--storage: "${storage}" is neither s3://<bucket>[/<prefix>] nor a directory; for a directory of that name, say ./${storage}`,
    );
  },
);

test("a directory may have a colon in its name", () => {
  expect(storageEnv({ ...none, storage: "./s3:/x" }, {})).toMatchObject({ BACKEND_PATH: "./s3:/x" });
  expect(storageEnv({ ...none, storage: "nightly:2" }, {})).toMatchObject({ BACKEND_PATH: "nightly:2" });
});

import { expect, test } from "@jest/globals";
import { parseEnv } from "../../../contract/dump-request.ts";
import { recordOf, refuseAfterDeadline } from "../../../dumper/run-life.ts";

const startedAt = new Date("2026-11-24T03:00:00Z");
const run = { runId: "run-1", engine: "postgresql", startedAt } as const;

function request(env: Readonly<Record<string, string>> = {}) {
  const parsed = parseEnv({
    ...{ BACKEND_TYPE: "directory", BACKEND_PATH: "/snapshots", HOSTNAME: "pod-1" },
    ...{ POSTGRESQL_HOST: "db", POSTGRESQL_USERNAME: "shop", POSTGRESQL_DATABASE: "shop" },
    ...env,
  });
  if (!parsed.ok) throw new Error("the environment is invalid");
  return parsed.value;
}

const inCluster = { KSNAPSHOT_CLUSTER: "prod", KSNAPSHOT_CRONJOB: "nightly", JOB_DEADLINE_SECONDS: "60" };

test("a run says of itself whose it is, and until when it may last", () => {
  expect(recordOf(request({ ...inCluster, KSNAPSHOT_OWNER_UID: "uid-1" }), run)).toEqual({
    ...{ schemaVersion: 1, runId: "run-1", cluster: "prod", cronJob: "nightly", ownerUid: "uid-1" },
    ...{ engine: "postgresql", pod: "pod-1", startedAt: startedAt.toISOString() },
    deadline: "2026-11-24T03:01:00.000Z",
  });
});

test.each([{}, { KSNAPSHOT_CLUSTER: "prod" }, { KSNAPSHOT_CRONJOB: "nightly" }])(
  "a run of which nobody could tell whose it is says nothing: %j",
  (env) => {
    expect(recordOf(request(env), run)).toBeNull();
  },
);

test("a run that was frozen past its deadline is not called stored", () => {
  const later = new Date("2026-11-24T03:01:01Z");

  expect(() => {
    refuseAfterDeadline(request(inCluster), startedAt, later);
  }).toThrow("the run has lasted 60 s");
  expect(() => {
    refuseAfterDeadline(request(inCluster), startedAt, new Date("2026-11-24T03:01:00Z"));
    refuseAfterDeadline(request({ JOB_DEADLINE_SECONDS: "60" }), startedAt, later);
  }).not.toThrow();
});

import { describe, expect, test } from "@jest/globals";
import { Yaml } from "cdk8s";
import type kplus from "cdk8s-plus-28";
import fc from "fast-check";
import { directoryMountPath, type EnvVar } from "../../../contract/env.ts";
import type { SnapshotPlan } from "../../../contract/plan.ts";
import type { AgeRecipient } from "../../../contract/recipient.ts";
import type { CronSchedule } from "../../../contract/schedule.ts";
import { defaultJobSettings } from "../../../synth/hardening.ts";
import { renderRedacted, renderSnapshot } from "../../../synth/render.ts";
import { expectGolden } from "../../support/golden.ts";
import { credentials, snapshotPlan } from "../../support/snapshot-plan.ts";

const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p" as AgeRecipient;

const variants: Readonly<Record<string, SnapshotPlan>> = {
  postgresql: snapshotPlan(),
  "postgresql-encrypted": snapshotPlan({ recipients: [recipient], compression: "zstd" }),
  "postgresql-directory": snapshotPlan({ destination: { kind: "directory", claimName: "snapshots" } }),
  "postgresql-identity": snapshotPlan({
    destination: { kind: "s3", configMapName: "ksnapshot-cm", secretName: null },
  }),
  mysql: snapshotPlan({
    cronJobName: "ksnapshot-mysql-shop-db-ad9c1afe",
    engine: { kind: "mysql", version: "8.4" },
    port: 3306,
    credentials: credentials("MYSQL"),
    schedule: "@daily" as CronSchedule,
  }),
  mariadb: snapshotPlan({
    cronJobName: "ksnapshot-mariadb-shop-db-ad9c1afe",
    engine: { kind: "mariadb" },
    port: 3306,
    credentials: credentials("MYSQL"),
    skip: ["routines", "events"],
    job: {
      deadlineSeconds: 3600,
      requests: { memory: "1Gi" },
      limits: { cpu: "2", memory: "2Gi" },
      caConfigMapName: "trust",
    },
  }),
  opensearch: snapshotPlan({
    cronJobName: "ksnapshot-opensearch-shop-db-ad9c1afe",
    engine: { kind: "opensearch", pageSize: 1000 },
    port: 9200,
    credentials: [],
    destination: { kind: "directory", claimName: "snapshots" },
    job: { ...defaultJobSettings, caConfigMapName: "trust" },
  }),
  elasticsearch: snapshotPlan({
    cronJobName: "ksnapshot-elasticsearch-shop-db-ad9c1afe",
    engine: { kind: "elasticsearch", pageSize: 500 },
    port: 9200,
    credentials: [],
  }),
};

test.each(Object.entries(variants))("the objects of the variant %s are the golden ones", (name, plan) => {
  const { cronJob, secret } = renderSnapshot(plan);

  expectGolden(`snapshot-${name}.yaml`, Yaml.stringify(cronJob, ...(secret === null ? [] : [secret])));
});

describe("a CronJob", () => {
  const { cronJob } = renderSnapshot(snapshotPlan());
  const spec = cronJob["spec"] as kplus.k8s.CronJobSpec;
  const job = spec.jobTemplate.spec;
  const pod = podOf(snapshotPlan());

  test("says whose it is and copies nothing else of its workload", () => {
    expect(cronJob.metadata).toEqual({
      name: "ksnapshot-postgresql-shop-db-ad9c1afe",
      namespace: "ksnapshot",
      labels: { "app.kubernetes.io/managed-by": "ksnapshot" },
      annotations: {
        "ksnapshot.clickandmortar.fr/owner": "shop/db",
        "ksnapshot.clickandmortar.fr/owner-kind": "StatefulSet",
      },
    });
  });

  test("runs on its schedule, one job at a time, and keeps one of each kind", () => {
    expect(spec).toMatchObject({
      schedule: "0 3 * * *",
      timeZone: "Europe/Paris",
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
    });
  });

  test("does not repeat a failed dump, but one whose node was drained", () => {
    expect(job).toMatchObject({ activeDeadlineSeconds: 14_400, ttlSecondsAfterFinished: 86_400, backoffLimit: 0 });
    expect(job?.podFailurePolicy).toEqual({
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    });
    expect(pod.restartPolicy).toBe("Never");
  });

  test("runs as an ordinary user on a read-only root, without a token", () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroupChangePolicy: "OnRootMismatch",
    });
    expect(pod.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.volumes).toEqual([{ name: "tmp", emptyDir: {} }]);
  });

  test("leaves the command to the image", () => {
    expect(pod.containers).toHaveLength(1);
    expect(pod.containers[0]).not.toHaveProperty("command");
    expect(pod.containers[0]).not.toHaveProperty("args");
  });

  test("mounts the claim where the dumper is told to write", () => {
    const directory = podOf(snapshotPlan({ destination: { kind: "directory", claimName: "snapshots" } }));

    expect(directory.volumes).toContainEqual({ name: "snapshots", persistentVolumeClaim: { claimName: "snapshots" } });
    expect(directory.containers[0]?.volumeMounts).toContainEqual({ name: "snapshots", mountPath: directoryMountPath });
    expect(envOf(directory)).toContainEqual({ name: "BACKEND_PATH", value: directoryMountPath });
  });

  test("gives the dumper every text as it is, whatever the kubelet would expand in it", () => {
    const hostile = fc.array(fc.constantFrom("$", "(", ")", "BACKEND_S3_SECRET_KEY", "x"), { maxLength: 12 });
    fc.assert(
      fc.property(
        hostile.map((parts) => parts.join("")),
        (host) => {
          const variable = envOf(podOf(snapshotPlan({ host }))).find(({ name }) => name === "POSTGRESQL_HOST");

          expect(expandedByKubelet((variable as { value: string }).value)).toBe(host);
        },
      ),
    );
  });
});

describe("a Secret", () => {
  test("mirrors the credentials as data", () => {
    const { secret } = renderSnapshot(snapshotPlan());

    expect(secret?.metadata.name).toBe("ksnapshot-postgresql-shop-db-ad9c1afe-credentials");
    expect(secret).not.toHaveProperty("stringData");
    expect(secret?.["data"]).toEqual({
      POSTGRESQL_USERNAME: "c2hvcA==",
      POSTGRESQL_PASSWORD: "cDRzcyR3b3Jk",
      POSTGRESQL_DATABASE: "c2hvcA==",
    });
  });

  test("is absent where nothing is to be mirrored", () => {
    expect(renderSnapshot(snapshotPlan({ credentials: [] })).secret).toBeNull();
  });

  test("is not rendered for applying when a value is unknown", () => {
    expect(() => renderSnapshot(withUnknownPassword())).toThrow("POSTGRESQL_PASSWORD");
  });

  test("shows no value to people, known or not", () => {
    const { secret } = renderRedacted(withUnknownPassword());

    expect(Object.values(secret?.["data"] as object)).toEqual(["[redacted]", "[redacted]", "[redacted]"]);
  });
});

function withUnknownPassword(): SnapshotPlan {
  const known = credentials("POSTGRESQL");
  return snapshotPlan({
    credentials: known.map((one) => (one.name === "POSTGRESQL_PASSWORD" ? { ...one, value: null } : one)),
  });
}

function podOf(plan: SnapshotPlan): kplus.k8s.PodSpec {
  const spec = renderSnapshot(plan).cronJob["spec"] as kplus.k8s.CronJobSpec;
  const pod = spec.jobTemplate.spec?.template.spec;
  if (pod === undefined) throw new Error("there is no pod");
  return pod;
}

function envOf(pod: kplus.k8s.PodSpec): readonly EnvVar[] {
  return pod.containers[0]?.env as readonly EnvVar[];
}

/** https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go, every variable known. */
function expandedByKubelet(value: string): string {
  return value.replace(/\$\$|\$\([^)]*\)/g, (match) => (match === "$$" ? "$" : "<secret>"));
}

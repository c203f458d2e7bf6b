import type { Diagnostic } from "../../contract/diagnostic.ts";
import { caKey } from "../../contract/env.ts";
import type { Destination } from "../../contract/plan.ts";
import { type DataRef, type ReadData, refKey } from "./observed.ts";
import type { PlanConfig } from "../config.ts";

const bucketKey = "S3_BUCKET";
const accessKeys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/**
 * What the jobs will miss of their ConfigMap and Secret. It holds no workload: the schedules must exist, so that the
 * first run after the mending succeeds without anybody thinking of it.
 */
export function checkDestination(
  { destination, job, controlNamespace: namespace }: PlanConfig,
  read: ReadData,
): readonly Diagnostic[] {
  const authorities = { kind: "ConfigMap", namespace, name: job.caConfigMapName ?? "" } as const;
  return [
    ...(job.caConfigMapName === null
      ? []
      : checkKeys(authorities, [caKey], read, "config-map-missing", "config-map-key-missing")),
    ...(destination.kind === "s3" ? checkBucket(destination, namespace, read) : []),
  ];
}

function checkBucket(
  destination: Extract<Destination, { kind: "s3" }>,
  namespace: string,
  read: ReadData,
): readonly Diagnostic[] {
  const configMap = { kind: "ConfigMap", namespace, name: destination.configMapName } as const;
  return [
    ...checkKeys(configMap, [bucketKey], read, "config-map-missing", "config-map-key-missing"),
    ...checkRegion(configMap, read),
    ...(destination.secretName === null
      ? []
      : checkKeys(
          { kind: "Secret", namespace, name: destination.secretName },
          accessKeys,
          read,
          "secret-missing",
          "secret-key-missing",
        )),
  ];
}

function checkKeys(
  subject: DataRef,
  keys: readonly string[],
  read: ReadData,
  missing: "config-map-missing" | "secret-missing",
  keyMissing: "config-map-key-missing" | "secret-key-missing",
): readonly Diagnostic[] {
  const reading = read(subject);
  switch (reading.state) {
    case "found":
      return keys
        .filter((key) => !reading.data[key]?.reveal())
        .map((key) => ({
          code: keyMissing,
          subject,
          field: key,
          problem: "The jobs need this key, and it is missing or empty.",
          remedy: "Set it.",
        }));
    case "absent":
      return [
        {
          code: missing,
          subject,
          problem: "The jobs need it, and it does not exist.",
          remedy: `Create it with the ${keys.length === 1 ? "key" : "keys"} ${keys.join(" and ")}.`,
        },
      ];
    case "unreadable": {
      const problem = `Whether the jobs find their keys is unknown: ${reading.problem}.`;
      return [{ code: "namespace-unreadable", subject, problem, remedy: `Let the operator get ${refKey(subject)}.` }];
    }
    case "elsewhere":
    case "unread":
      return [];
  }
}

function checkRegion(subject: DataRef, read: ReadData): readonly Diagnostic[] {
  const reading = read(subject);
  if (reading.state !== "found" || !reading.data["S3_ENDPOINT"]?.reveal() || !reading.data["S3_REGION"]?.reveal())
    return [];
  return [
    {
      code: "endpoint-overrides-region",
      subject,
      field: "S3_ENDPOINT",
      problem:
        "Both S3_ENDPOINT and S3_REGION are set: snapshots go to the endpoint, and the region is only its name in signatures.",
      remedy:
        "Remove S3_ENDPOINT if the snapshots are to go to AWS's own endpoint of the region, as they did before version 1.",
    },
  ];
}

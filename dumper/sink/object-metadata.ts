import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { Bucket } from "./bucket.ts";
import type { ObjectKey } from "./object-key.ts";
import type { ObjectMark } from "./object-storage.ts";
import { failing } from "./s3-failure.ts";

/** Names of an object's metadata. The run is what HEAD decides by what became of a completion whose answer was lost. */
const names = {
  runId: "ksnapshot-run",
  cluster: "ksnapshot-cluster",
  cronJob: "ksnapshot-cronjob",
  ownerUid: "ksnapshot-owner-uid",
} as const;

/** The mark as metadata: names of Kubernetes and of clusters are all of ASCII. */
export function metadataOf({ runId, cluster, cronJob, ownerUid }: ObjectMark): Record<string, string> {
  return {
    [names.runId]: runId,
    ...(cluster === null ? {} : { [names.cluster]: cluster }),
    ...(cronJob === null ? {} : { [names.cronJob]: cronJob }),
    ...(ownerUid === null ? {} : { [names.ownerUid]: ownerUid }),
  };
}

/** The mark in an object's metadata. Null: none of ours made it. */
export function markIn(metadata: Readonly<Record<string, string>> | undefined): ObjectMark | null {
  const runId = metadata?.[names.runId];
  if (runId === undefined) return null;
  const valueOf = (name: keyof typeof names) => metadata?.[names[name]] ?? null;
  return { runId, cluster: valueOf("cluster"), cronJob: valueOf("cronJob"), ownerUid: valueOf("ownerUid") };
}

/** @throws {RunFailed} also when there is no such object: a HEAD's 404 has no content that says whose word it is */
export async function markOf(bucket: Bucket, Key: ObjectKey, abortSignal: AbortSignal): Promise<ObjectMark | null> {
  const request = new HeadObjectCommand({ Bucket: bucket.name, Key });
  const { Metadata } = await failing(bucket.name, `tell who made ${Key}`, () =>
    bucket.client.send(request, { abortSignal }),
  );
  return markIn(Metadata);
}

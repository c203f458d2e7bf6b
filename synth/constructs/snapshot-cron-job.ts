import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { caKey, caMountPath, directoryMountPath, envOf } from "../../contract/env.ts";
import { managedBy } from "../../contract/labels.ts";
import type { SnapshotPlan } from "../../contract/plan.ts";
import {
  containerSecurityContext,
  podSecurityContext,
  resources,
  temporaryVolume,
  temporaryVolumeMount,
} from "../hardening.ts";
import { ownedMetadata } from "./owned-metadata.ts";

/** A finished Job and its log stay for a day. */
const ttlSecondsAfterFinished = 86_400;

export interface SnapshotCronJobProps {
  readonly plan: SnapshotPlan;
}

/**
 * The CronJob of one workload. It is built of the plain API object: the higher constructs write defaults of their own, and
 * under server-side apply every default written becomes a field that we own.
 */
export class SnapshotCronJob extends Construct {
  constructor(scope: Construct, id: string, { plan }: SnapshotCronJobProps) {
    super(scope, id);
    new kplus.k8s.KubeCronJob(this, "cron-job", {
      metadata: ownedMetadata(plan, plan.cronJobName),
      spec: {
        schedule: plan.schedule,
        timeZone: plan.timeZone,
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: { metadata: { labels: managedBy }, spec: jobSpec(plan) },
      },
    });
  }
}

function jobSpec(plan: SnapshotPlan): kplus.k8s.JobSpec {
  return {
    activeDeadlineSeconds: plan.job.deadlineSeconds,
    ttlSecondsAfterFinished,
    backoffLimit: 0,
    // A pod that is evicted, preempted or drained away is no failure of the dump: another one takes its place.
    // https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
    podFailurePolicy: {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    template: { metadata: { labels: managedBy }, spec: podSpec(plan) },
  };
}

function podSpec(plan: SnapshotPlan): kplus.k8s.PodSpec {
  const mounts = mountsOf(plan);
  return {
    restartPolicy: "Never",
    serviceAccountName: plan.serviceAccountName,
    automountServiceAccountToken: false,
    // Otherwise the kubelet walks through every snapshot of a volume claim before each run, and changes what needs no change:
    // https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods
    securityContext: { ...podSecurityContext, fsGroupChangePolicy: "OnRootMismatch" },
    volumes: [temporaryVolume, ...mounts.map(({ volume }) => volume)],
    containers: [
      {
        name: "job",
        image: plan.image,
        imagePullPolicy: plan.imagePullPolicy,
        env: [...envOf(plan)],
        resources: resources(plan.job.requests, plan.job.limits),
        securityContext: containerSecurityContext,
        volumeMounts: [temporaryVolumeMount, ...mounts.map(({ mount }) => mount)],
      },
    ],
  };
}

interface Mount {
  readonly volume: kplus.k8s.Volume;
  readonly mount: kplus.k8s.VolumeMount;
}

/** What the job needs beside a place for temporary files. */
function mountsOf({ destination, job }: SnapshotPlan): readonly Mount[] {
  return [
    ...(destination.kind === "directory"
      ? [
          {
            volume: { name: "snapshots", persistentVolumeClaim: { claimName: destination.claimName } },
            mount: { name: "snapshots", mountPath: directoryMountPath },
          },
        ]
      : []),
    ...(job.caConfigMapName === null
      ? []
      : [
          {
            volume: { name: "ca", configMap: { name: job.caConfigMapName, items: [{ key: caKey, path: caKey }] } },
            mount: { name: "ca", mountPath: caMountPath, readOnly: true },
          },
        ]),
  ];
}

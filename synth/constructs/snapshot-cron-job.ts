import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { directoryMountPath, envOf } from "../../contract/env.ts";
import { managedBy } from "../../contract/labels.ts";
import type { SnapshotPlan } from "../../contract/plan.ts";
import {
  containerSecurityContext,
  jobResources,
  podSecurityContext,
  temporaryVolume,
  temporaryVolumeMount,
} from "../hardening.ts";
import { ownedMetadata } from "./owned-metadata.ts";

/** A dump that has not ended by then never will: four hours. */
const activeDeadlineSeconds = 14_400;
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
    activeDeadlineSeconds,
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
  const claim = plan.destination.kind === "directory" ? plan.destination.claimName : null;
  return {
    restartPolicy: "Never",
    serviceAccountName: plan.serviceAccountName,
    automountServiceAccountToken: false,
    securityContext: podSecurityContext,
    volumes: [
      temporaryVolume,
      ...(claim === null ? [] : [{ name: "snapshots", persistentVolumeClaim: { claimName: claim } }]),
    ],
    containers: [
      {
        name: "job",
        image: plan.image,
        imagePullPolicy: plan.imagePullPolicy,
        env: [...envOf(plan)],
        resources: jobResources,
        securityContext: containerSecurityContext,
        volumeMounts: [
          temporaryVolumeMount,
          ...(claim === null ? [] : [{ name: "snapshots", mountPath: directoryMountPath }]),
        ],
      },
    ],
  };
}

import type { Compression } from "./compression.ts";
import type { Engine } from "./engine.ts";
import type { AgeRecipient } from "./recipient.ts";
import type { CronSchedule } from "./schedule.ts";
import type { Secret } from "./secret.ts";
import type { SkipKind } from "./skip.ts";

/** An object of the cluster, or what was read instead: `{ kind: "Environment", namespace: "", name: "dumper" }`. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where a value comes from, for people: `Secret shop/db-auth key password`. It never holds the value. */
export type ValueSource =
  | { readonly from: "literal"; readonly variable: string }
  | {
      readonly from: "Secret" | "ConfigMap";
      readonly namespace: string;
      readonly name: string;
      readonly key: string;
      /** Where the container finds the key as a file, if that is how it is told. */
      readonly file?: string;
    }
  /** A field of the pod's own, such as its namespace. */
  | { readonly from: "field"; readonly path: string }
  | { readonly from: "default"; readonly because: string };

/** One value that the dumper needs and that its Secret mirrors. */
export interface Credential {
  /** The dumper's environment variable, which is also the key in the Secret: `POSTGRESQL_PASSWORD`. */
  readonly name: string;
  readonly source: ValueSource;
  /** Null where it can be known only in the cluster: a Secret that Git does not hold. */
  readonly value: Secret | null;
}

/** One thing that planning settled, and how it came about. */
export interface Finding {
  readonly value: string;
  readonly from: "annotation" | "image" | "found" | "default";
  /** For people, a clause: `the image's tag postgres:16.4-bookworm`, `the only Service that selects its pods`. */
  readonly because: string;
}

/** What a workload was found to be. Shown to people; nothing of it is rendered. */
export interface Findings {
  readonly engine: Finding;
  /** Null where no dump depends on it: the dumper asks the server. */
  readonly version: Finding | null;
  readonly container: Finding;
  readonly service: Finding;
  /** The Service's, to which the dumper connects. */
  readonly port: Finding;
}

/** Where the snapshots go. */
export type Destination =
  /** Bucket, region and endpoint come from the ConfigMap; the keys from the Secret, or from the pod's identity if null. */
  | { readonly kind: "s3"; readonly configMapName: string; readonly secretName: string | null }
  /** A volume claim in the control namespace. */
  | { readonly kind: "directory"; readonly claimName: string };

export type ImagePullPolicy = "Always" | "IfNotPresent" | "Never";

/** Kubernetes quantities, as `kubectl` prints them: `{ cpu: "100m", memory: "128Mi" }`. */
export type Quantities = Readonly<Partial<Record<"cpu" | "memory", string>>>;

/** What holds for the pod of every run. */
export interface JobSettings {
  /** A dump that has not ended by then is ended. */
  readonly deadlineSeconds: number;
  readonly requests: Quantities;
  readonly limits: Quantities;
  /** A ConfigMap in the control namespace whose key `ca.crt` has the authorities that the jobs trust. Null: the system's. */
  readonly caConfigMapName: string | null;
}

/** One workload's snapshots, all decided: the constructs render it and nothing is left to look up. */
export interface SnapshotPlan {
  /** Of the installation, in every snapshot. Null where it is not known, as of manifests in Git without `cluster` in ksnapshot.yaml. */
  readonly cluster: string | null;
  readonly owner: ObjectRef;
  /** Tells it from a namesake that came after it. Null where it is not known, as of manifests in Git. */
  readonly ownerUid: string | null;
  readonly cronJobName: string;
  /** Where the CronJob and its Secret live. */
  readonly controlNamespace: string;
  readonly engine: Engine;
  readonly schedule: CronSchedule;
  /** IANA name. */
  readonly timeZone: string;
  readonly host: string;
  readonly port: number;
  /** Whether a search engine is to be asked by https. The tools of the others find out by themselves whether there is TLS. */
  readonly https: boolean;
  readonly credentials: readonly Credential[];
  /** What is left out on purpose. */
  readonly skip: readonly SkipKind[];
  readonly compression: Compression;
  /** Empty: not encrypted. */
  readonly recipients: readonly AgeRecipient[];
  readonly destination: Destination;
  readonly job: JobSettings;
  readonly image: string;
  readonly imagePullPolicy: ImagePullPolicy;
  readonly serviceAccountName: string;
  readonly findings: Findings;
}

import * as z from "zod";

/**
 * The fields that planning reads of Kubernetes' objects, and no others. One boundary for two senders: the API server,
 * which never errs, and files that people write, in which a value may be null or of the wrong type.
 */

const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}

const OwnerReference = z.object({
  apiVersion: z.string().nullish(),
  kind: z.string(),
  name: z.string(),
  uid: z.string().nullish(),
  controller: z.boolean().nullish(),
});

const PodMetadata = z.object({ labels: texts, annotations: texts });

const Metadata = PodMetadata.extend({
  name: z.string(),
  namespace: z.string(),
  /** Null in a file: the API server gives it. */
  uid: z.string().nullish(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  ownerReferences: list(OwnerReference),
});

const KeySelector = z.object({ name: z.string(), key: z.string(), optional: z.boolean().nullish() });

const EnvEntry = z.object({
  name: z.string(),
  value: z.string().nullish(),
  /** With none of the three: a kind of reference (a resource of the container, a file) that tells nothing here. */
  valueFrom: z
    .object({
      secretKeyRef: KeySelector.nullish(),
      configMapKeyRef: KeySelector.nullish(),
      fieldRef: z.object({ fieldPath: z.string() }).nullish(),
    })
    .nullish(),
});
export type EnvEntry = z.infer<typeof EnvEntry>;

const EnvFromReference = z.object({ name: z.string(), optional: z.boolean().nullish() });
const EnvFromEntry = z.object({
  prefix: z.string().nullish(),
  secretRef: EnvFromReference.nullish(),
  configMapRef: EnvFromReference.nullish(),
});
export type EnvFromEntry = z.infer<typeof EnvFromEntry>;

const ContainerPort = z.object({
  name: z.string().nullish(),
  containerPort: z.number(),
  protocol: z.string().nullish(),
});

const VolumeMount = z.object({
  name: z.string(),
  mountPath: z.string(),
  /** What of the volume is mounted. Absent or empty: all of it. */
  subPath: z.string().nullish(),
  subPathExpr: z.string().nullish(),
});
export type VolumeMount = z.infer<typeof VolumeMount>;

export const Container = z.object({
  name: z.string(),
  image: z.string().nullish(),
  ports: list(ContainerPort),
  env: list(EnvEntry),
  envFrom: list(EnvFromEntry),
  volumeMounts: list(VolumeMount),
});
export type Container = z.infer<typeof Container>;

/** Which keys are files, and under which path. None: every key, under its own name. */
const keyItems = list(z.object({ key: z.string(), path: z.string() }));
const DataProjection = z.object({ name: z.string().nullish(), items: keyItems, optional: z.boolean().nullish() });
export type DataProjection = z.infer<typeof DataProjection>;

/** Loose: of a kind that is not read, its name is kept for the diagnostic. */
const Volume = z.looseObject({
  name: z.string(),
  secret: z.object({ secretName: z.string().nullish(), items: keyItems, optional: z.boolean().nullish() }).nullish(),
  configMap: DataProjection.nullish(),
  projected: z
    .object({
      sources: list(z.looseObject({ secret: DataProjection.nullish(), configMap: DataProjection.nullish() })),
    })
    .nullish(),
});
export type Volume = z.infer<typeof Volume>;

const PodSpec = z.object({
  containers: z.array(Container),
  volumes: list(Volume),
  serviceAccountName: z.string().nullish(),
});
export type PodSpec = z.infer<typeof PodSpec>;

export const Pod = z.object({
  metadata: Metadata,
  spec: PodSpec,
  status: z.object({ phase: z.string().nullish() }).nullish(),
});
export type Pod = z.infer<typeof Pod>;

/** A Deployment, StatefulSet, ReplicaSet or DaemonSet: whatever makes pods from a template that we may read. */
export const Controller = z.object({
  kind: z.enum(["Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"]),
  metadata: Metadata,
  spec: z.object({
    template: z.object({
      metadata: PodMetadata.nullish().transform((value) => value ?? { labels: {}, annotations: {} }),
      spec: PodSpec,
    }),
  }),
});
export type Controller = z.infer<typeof Controller>;

const ServicePort = z.object({
  name: z.string().nullish(),
  port: z.number(),
  /** A number, or the name of a container's port. Absent: the same as `port`. */
  targetPort: z.union([z.number(), z.string()]).nullish(),
  protocol: z.string().nullish(),
});
export type ServicePort = z.infer<typeof ServicePort>;

export const Service = z.object({
  metadata: Metadata,
  spec: z.object({
    type: z.string().nullish(),
    clusterIP: z.string().nullish(),
    publishNotReadyAddresses: z.boolean().nullish(),
    selector: texts,
    ports: list(ServicePort),
  }),
});
export type Service = z.infer<typeof Service>;

export const ConfigMap = z.object({ metadata: Metadata, data: texts });
/** `stringData` is for files only: the API server turns it into `data`, over which it wins. */
export const Secret = z.object({ metadata: Metadata, data: texts, stringData: texts });

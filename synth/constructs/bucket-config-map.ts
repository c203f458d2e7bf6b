import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import type { InstallConfig } from "../config.ts";

export interface BucketConfigMapProps {
  readonly name: string;
  readonly namespace: string;
  readonly s3: NonNullable<InstallConfig["storage"]["s3"]>;
}

/** Where the bucket is. The jobs and the operator read it; only what is set is written, and the readers know the defaults. */
export class BucketConfigMap extends Construct {
  constructor(scope: Construct, id: string, { name, namespace, s3 }: BucketConfigMapProps) {
    super(scope, id);
    const settings = {
      S3_BUCKET: s3.bucket,
      S3_REGION: s3.region,
      S3_ENDPOINT: s3.endpoint,
      S3_PATH: s3.path,
      S3_FORCE_PATH_STYLE: s3.forcePathStyle?.toString(),
      S3_MAX_PARTS: s3.maxParts?.toString(),
    };
    const data = Object.fromEntries(
      Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
    );
    new kplus.k8s.KubeConfigMap(this, "config-map", { metadata: { name, namespace }, data });
  }
}

import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { mostParts } from "../contract/part-ladder.ts";
import { Secret } from "../contract/secret.ts";
import { openS3Client } from "../dumper/sink/s3-client.ts";
import type { S3Server } from "../test/bed/s3.ts";

/** The bucket that every benchmark writes to. */
const bucket = "bench";

export async function createBucket(s3: S3Server): Promise<void> {
  const client = openS3Client({
    kind: "s3",
    bucket,
    prefix: "",
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    keys: { accessKeyId: new Secret(s3.accessKey), secretAccessKey: new Secret(s3.secretKey) },
    caFile: null,
    maxParts: mostParts,
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}

/** The dumper's variables for it. */
export function bucketEnv(s3: S3Server): Readonly<Record<string, string>> {
  return {
    BACKEND_TYPE: "s3",
    BACKEND_BUCKET: bucket,
    BACKEND_S3_ENDPOINT: s3.endpoint,
    BACKEND_S3_ACCESS_KEY: s3.accessKey,
    BACKEND_S3_SECRET_KEY: s3.secretKey,
  };
}

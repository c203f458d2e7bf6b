import { descriptionOf, stateNamed } from "./state.ts";
import type { PartName } from "./parts.ts";

type Description = Readonly<Record<string, string | number>>;

/**
 * Shell lines that point clients at the running parts: `KUBECONFIG`, libpq's variables, the AWS SDKs' variables.
 * The cluster with a node wins over the control plane alone.
 */
export function environmentLines(): string {
  const cluster = described("node") ?? described("control");
  const postgres = described("postgres");
  const s3 = described("s3");
  const variables = {
    ...(cluster && { KUBECONFIG: cluster["kubeconfig"] }),
    ...(postgres && {
      PGHOST: postgres["host"],
      PGPORT: postgres["port"],
      PGUSER: postgres["superuser"],
      PGPASSWORD: postgres["password"],
      PGSSLROOTCERT: postgres["caFile"],
    }),
    ...(s3 && {
      AWS_ENDPOINT_URL_S3: s3["endpoint"],
      AWS_ACCESS_KEY_ID: s3["accessKey"],
      AWS_SECRET_ACCESS_KEY: s3["secretKey"],
      AWS_REGION: s3["region"],
    }),
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${String(value).replaceAll("'", "'\\''")}'\n`)
    .join("");
}

function described(part: PartName): Description | undefined {
  return descriptionOf(stateNamed(part)) as Description | undefined;
}

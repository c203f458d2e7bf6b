import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { credentialsSecretName } from "../../contract/labels.ts";
import type { Credential, SnapshotPlan } from "../../contract/plan.ts";
import { ownedMetadata } from "./owned-metadata.ts";

export interface CredentialsSecretProps {
  readonly plan: SnapshotPlan;
  /** What stands in the Secret for one credential. In base64 when it is to be applied. */
  readonly dataOf: (credential: Credential) => string;
}

/** The Secret that mirrors what one workload's dumps need. `data` and never `stringData`, whose keys apply does not remove. */
export class CredentialsSecret extends Construct {
  constructor(scope: Construct, id: string, { plan, dataOf }: CredentialsSecretProps) {
    super(scope, id);
    new kplus.k8s.KubeSecret(this, "secret", {
      metadata: ownedMetadata(plan, credentialsSecretName(plan.cronJobName)),
      type: "Opaque",
      data: Object.fromEntries(plan.credentials.map((credential) => [credential.name, dataOf(credential)])),
    });
  }
}

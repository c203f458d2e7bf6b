import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { withoutEmpty } from "../without-empty.ts";

export interface ServiceAccountProps {
  readonly name: string;
  readonly namespace: string;
  /** Such as the role of IRSA or of workload identity. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of Secrets with which every pod of the account may pull its images. */
  readonly pullSecrets: readonly string[];
  /** @default Kubernetes': pods get a token of its API */
  readonly automountToken?: false;
}

export class ServiceAccount extends Construct {
  constructor(scope: Construct, id: string, props: ServiceAccountProps) {
    super(scope, id);
    const { name, namespace, annotations, pullSecrets, automountToken } = props;
    new kplus.k8s.KubeServiceAccount(this, "service-account", {
      metadata: { name, namespace, ...withoutEmpty({ annotations }) },
      ...(automountToken === undefined ? {} : { automountServiceAccountToken: automountToken }),
      ...withoutEmpty({ imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })) }),
    });
  }
}

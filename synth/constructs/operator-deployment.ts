import { JsonPatch } from "cdk8s";
import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { literal } from "../../contract/env.ts";
import type { InstallConfig } from "../config.ts";
import { containerSecurityContext, podSecurityContext, resources } from "../hardening.ts";
import { installNames } from "../install-names.ts";
import { operatorEnv } from "../operator-env.ts";
import { withoutEmpty } from "../without-empty.ts";

export interface OperatorDeploymentProps {
  readonly config: InstallConfig;
}

/** The operator: one pod, replaced rather than doubled. Two would do no harm (names are deterministic) and no good. */
export class OperatorDeployment extends Construct {
  constructor(scope: Construct, id: string, { config }: OperatorDeploymentProps) {
    super(scope, id);
    const { name, namespace, operator } = config;
    // Immutable once applied, so it holds nothing that anyone could want to change.
    const selector = { "app.kubernetes.io/name": name };
    const deployment = new kplus.k8s.KubeDeployment(this, "deployment", {
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...operator.podLabels, ...selector },
            ...withoutEmpty({ annotations: operator.podAnnotations }),
          },
          spec: podSpec(config),
        },
      },
    });
    if (Object.keys(operator.affinity).length > 0) {
      // As it was written: the typed construct drops what it does not know without a word, the API server complains.
      deployment.addJsonPatch(JsonPatch.add("/spec/template/spec/affinity", operator.affinity));
    }
  }
}

function podSpec(config: InstallConfig): kplus.k8s.PodSpec {
  const { images, operator } = config;
  return {
    serviceAccountName: installNames(config).operatorServiceAccount,
    securityContext: podSecurityContext,
    containers: [
      {
        name: "operator",
        image: images.operator,
        imagePullPolicy: images.pullPolicy,
        env: Object.entries(operatorEnv(config)).map(([name, value]) => literal(name, value)),
        resources: resources(operator.resources.requests, operator.resources.limits),
        securityContext: containerSecurityContext,
      },
    ],
    ...withoutEmpty({
      imagePullSecrets: images.pullSecrets.map((name) => ({ name })),
      nodeSelector: operator.nodeSelector,
      tolerations: operator.tolerations,
    }),
  };
}

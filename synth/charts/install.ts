import { Chart } from "cdk8s";
import kplus from "cdk8s-plus-28";
import type { Construct } from "constructs";
import type { InstallConfig } from "../config.ts";
import { BucketConfigMap } from "../constructs/bucket-config-map.ts";
import { OperatorDeployment } from "../constructs/operator-deployment.ts";
import { OperatorRbac } from "../constructs/operator-rbac.ts";
import { ServiceAccount } from "../constructs/service-account.ts";
import { installNames } from "../install-names.ts";

export interface InstallChartProps {
  readonly config: InstallConfig;
}

/**
 * All that a user installs; the Namespace first, so that one `kubectl apply` is enough. The labels never say
 * `app.kubernetes.io/managed-by`, by which the operator knows what it made itself, nor `app.kubernetes.io/instance`, which
 * Argo CD writes.
 */
export class InstallChart extends Chart {
  constructor(scope: Construct, id: string, { config }: InstallChartProps) {
    super(scope, id, { labels: { "app.kubernetes.io/name": config.name } });
    const names = installNames(config);
    const { operator, backup } = config.serviceAccounts;
    const { namespace } = config;
    const { pullSecrets } = config.images;

    if (config.createNamespace) new kplus.k8s.KubeNamespace(this, "namespace", namespaceProps(config));
    if (operator.create) {
      new ServiceAccount(this, "operator-service-account", {
        name: names.operatorServiceAccount,
        namespace,
        annotations: operator.annotations,
        pullSecrets,
      });
    }
    if (backup.create) {
      new ServiceAccount(this, "backup-service-account", {
        name: names.backupServiceAccount,
        namespace,
        annotations: backup.annotations,
        pullSecrets,
        automountToken: false,
      });
    }
    new OperatorRbac(this, "rbac", { config });
    const { s3 } = config.storage;
    if (names.configMap !== null && s3 !== undefined && s3.existingConfigMap === undefined) {
      new BucketConfigMap(this, "config-map", { name: names.configMap, namespace, s3 });
    }
    new OperatorDeployment(this, "deployment", { config });
  }
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/ */
function namespaceProps({ namespace }: InstallConfig): kplus.k8s.KubeNamespaceProps {
  return { metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
}

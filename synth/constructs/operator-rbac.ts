import kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import type { InstallConfig } from "../config.ts";
import { type InstallNames, installNames } from "../install-names.ts";

/** In each watched namespace: what a plan is made of, and the owners by name. Secrets by name only, never as a list. */
const watchRules: kplus.k8s.PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["services"], verbs: ["list"] },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets", "statefulsets"], verbs: ["get", "list"] },
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] },
  { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get"] },
];

/**
 * In the operator's own namespace: the objects that it keeps, the Jobs that their Secrets must outlive, the ConfigMap and
 * Secret of the bucket, and the namespace itself. Server-side apply is `patch`, and `create` for what is not there yet.
 */
const controlRules: kplus.k8s.PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["list", "create", "patch", "delete"] },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "create", "patch", "delete"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
  // Its own alone, for the UID by which snapshots tell installations apart where nobody has named them.
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
];

export interface OperatorRbacProps {
  readonly config: InstallConfig;
}

/** One Role and RoleBinding in every watched namespace, one in the operator's own; nothing that spans the cluster. */
export class OperatorRbac extends Construct {
  constructor(scope: Construct, id: string, { config }: OperatorRbacProps) {
    super(scope, id);
    const names = installNames(config);
    const { namespace } = config;
    this.#grant("control", { name: names.controlRole, namespace, rules: controlRules }, names, config);
    for (const watched of config.watchNamespaces) {
      this.#grant(watched, { name: names.watchRole, namespace: watched, rules: watchRules }, names, config);
    }
  }

  #grant(id: string, role: Role, names: InstallNames, config: InstallConfig): void {
    const { name, namespace, rules } = role;
    const scope = new Construct(this, `in-${id}`);
    new kplus.k8s.KubeRole(scope, "role", { metadata: { name, namespace }, rules: [...rules] });
    new kplus.k8s.KubeRoleBinding(scope, "binding", {
      metadata: { name, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: names.operatorServiceAccount, namespace: config.namespace }],
    });
  }
}

interface Role {
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly kplus.k8s.PolicyRule[];
}

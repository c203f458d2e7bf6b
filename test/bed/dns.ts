/** Where pods ask for names. */
export const DNS_SERVICE_ADDRESS = "10.96.0.10";

const COREFILE = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        ttl 5
    }
    cache 5
}
`;
const NAME = { name: "coredns", namespace: "kube-system" } as const;
const LABELS = { "k8s-app": "kube-dns" } as const;

/** CoreDNS for the names of services and pods, and no others: what runs here has no way out. */
export function dnsManifest(): object {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "system:coredns" } };
  const watched = { verbs: ["list", "watch"] };
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: NAME },
      {
        ...role,
        kind: "ClusterRole",
        rules: [
          { apiGroups: [""], resources: ["services", "pods", "namespaces"], ...watched },
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], ...watched },
        ],
      },
      {
        ...role,
        kind: "ClusterRoleBinding",
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
        subjects: [{ kind: "ServiceAccount", ...NAME }],
      },
      { apiVersion: "v1", kind: "ConfigMap", metadata: NAME, data: { Corefile: COREFILE } },
      deployment(),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", namespace: NAME.namespace, labels: LABELS },
        spec: {
          clusterIP: DNS_SERVICE_ADDRESS,
          selector: LABELS,
          ports: [
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "dns-tcp", port: 53, protocol: "TCP" },
          ],
        },
      },
    ],
  };
}

function deployment(): object {
  const container = {
    name: "coredns",
    image: "localhost/coredns:1",
    args: ["-conf", "/etc/coredns/Corefile"],
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
  };
  const podSpec = {
    serviceAccountName: NAME.name,
    dnsPolicy: "Default",
    priorityClassName: "system-cluster-critical",
    containers: [container],
    volumes: [{ name: "config", configMap: { name: NAME.name } }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...NAME, labels: LABELS },
    spec: { selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec: podSpec } },
  };
}

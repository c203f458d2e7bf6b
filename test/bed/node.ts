import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate } from "./certificates.ts";
import { cgroupOf, POD_ADDRESSES } from "./container-runtime.ts";
import { kubectlOn, type ControlPlaneProcesses } from "./control-plane.ts";
import { startDaemon, untilReady } from "./daemon.ts";
import { DNS_SERVICE_ADDRESS, dnsManifest } from "./dns.ts";
import { userKubeconfig } from "./kubeconfig.ts";
import { entered } from "./network.ts";
import type { State } from "./state.ts";
import { until } from "./wait.ts";

/** What a node needs of Debian. */
export const NODE_PACKAGES = [
  ...["containerd", "runc", "containernetworking-plugins", "nftables", "iptables", "conntrack", "socat"],
  ...["iproute2", "procps", "util-linux", "busybox-static"],
];

const NODE_NAME = "node1";
const READY_TIMEOUT_MS = 120_000;

/** Starts the kubelet, kube-proxy and cluster DNS; returns when the node is Ready and names resolve. */
export async function startNodeProcesses(state: State, plane: ControlPlaneProcesses, socket: string): Promise<void> {
  const start = (name: string, args: readonly string[]) =>
    startDaemon(state, { name, ...entered(plane.network, [plane.kube, name, ...args]) });
  const kubectl = (args: readonly string[], input?: string) =>
    kubectlOn(plane.kube, plane.network, plane.kubeconfig, args, input);

  const kubelet = await start("kubelet", await kubeletArguments(state, plane, socket));
  await start("kube-proxy", await proxyArguments(plane));
  await kubectl(["apply", "-f", "-"], JSON.stringify(dnsManifest()));
  await untilReady(kubelet, READY_TIMEOUT_MS, () =>
    kubectl(["wait", "--for=condition=Ready", `node/${NODE_NAME}`, "--timeout=1s"]).then(() => true),
  );
  await until("cluster DNS", READY_TIMEOUT_MS, () =>
    kubectl(["-n", "kube-system", "wait", "--for=condition=Available", "deployment/coredns", "--timeout=5s"]),
  );
}

async function kubeletArguments(
  state: State,
  { network, authority, access }: ControlPlaneProcesses,
  socket: string,
): Promise<string[]> {
  const root = join(state.directory, "kubelet");
  mkdirSync(root);
  const names = [`DNS:${NODE_NAME}`, `IP:${network.address}`];
  const server = await issueCertificate(
    authority,
    "kubelet-server",
    `/O=system:nodes/CN=system:node:${NODE_NAME}`,
    names,
  );
  const kubeconfig = await userKubeconfig(access, "kubelet", `system:node:${NODE_NAME}`, ["system:nodes"]);
  const emptyResolvConf = join(state.directory, "resolv.conf");
  writeFileSync(emptyResolvConf, "");
  const configuration = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${socket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupOf(state)}`,
    failCgroupV1: false,
    failSwapOn: false,
    clusterDomain: "cluster.local",
    clusterDNS: [DNS_SERVICE_ADDRESS],
    resolvConf: emptyResolvConf,
    imageGCHighThresholdPercent: 100, // a collected image could not be pulled again
    evictionHard: { "memory.available": "100Mi" },
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: authority.certificateFile } },
    tlsCertFile: server.certificateFile,
    tlsPrivateKeyFile: server.keyFile,
    podLogsDir: join(state.directory, "pod-logs"),
    volumePluginDir: join(root, "volume-plugins"),
  };
  const file = join(state.directory, "kubelet.json");
  writeFileSync(file, JSON.stringify(configuration));
  return [
    ...[`--config=${file}`, `--root-dir=${root}`, `--cert-dir=${join(root, "pki")}`, `--kubeconfig=${kubeconfig}`],
    ...[`--hostname-override=${NODE_NAME}`, `--node-ip=${network.address}`],
  ];
}

async function proxyArguments({ access }: ControlPlaneProcesses): Promise<string[]> {
  const kubeconfig = await userKubeconfig(access, "kube-proxy", "system:kube-proxy");
  return [
    ...[`--kubeconfig=${kubeconfig}`, "--proxy-mode=nftables", `--cluster-cidr=${POD_ADDRESSES}`],
    ...[`--hostname-override=${NODE_NAME}`, "--conntrack-max-per-core=0"],
  ];
}

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate } from "./certificates.ts";
import { run } from "./command.ts";
import { kubectlOn, type ControlPlaneProcesses } from "./control-plane.ts";
import { startDaemon, untilReady, type Daemon } from "./daemon.ts";
import { DNS_SERVICE_ADDRESS, dnsManifest } from "./dns.ts";
import type { Image } from "./image.ts";
import { coreDnsImage, pauseImage, shellImage } from "./node-images.ts";
import { userKubeconfig } from "./kubeconfig.ts";
import type { ClusterNetwork } from "./network.ts";
import { record, type State } from "./state.ts";
import { cgroupFolders } from "./undo.ts";
import { until } from "./wait.ts";

/** What a node needs of Debian. */
export const NODE_PACKAGES = [
  ...["containerd", "runc", "containernetworking-plugins", "nftables", "iptables", "conntrack", "socat"],
  ...["iproute2", "procps", "util-linux", "busybox-static"],
];

const NODE_NAME = "node1";
const POD_ADDRESSES = "10.244.0.0/24";
const READY_TIMEOUT_MS = 120_000;

// The kubelet sets these for the whole machine (KubeletConfiguration.protectKernelDefaults has the list).
const KERNEL_SETTINGS = [
  ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"],
];

/** Starts containerd with the images that every node has; returns its socket. */
export async function startContainerRuntime(state: State, network: ClusterNetwork): Promise<string> {
  const socket = join(state.directory, "containerd.sock");
  recordSideEffects(state);
  const configuration = containerdConfiguration(state, socket);
  const containerd = await startIn(state, network, "containerd", ["containerd", "--config", configuration]);
  record(state, { kind: "pods", socket, cgroup: cgroupOf(state) });
  await untilReady(containerd, READY_TIMEOUT_MS, () => succeeds(ctr(socket, ["version"])));
  for (const image of [await pauseImage(), await coreDnsImage(), await shellImage()]) await importInto(socket, image);
  return socket;
}

/** Starts the kubelet, kube-proxy and cluster DNS; returns when the node is Ready and names resolve. */
export async function startNodeProcesses(state: State, plane: ControlPlaneProcesses, socket: string): Promise<void> {
  const start = (name: string, args: readonly string[]) =>
    startIn(state, plane.network, name, [plane.kube, name, ...args]);
  const kubectl = (args: readonly string[], input?: string) =>
    kubectlOn(plane.kube, plane.network, plane.kubeconfig, args, input);

  const kubelet = await start("kubelet", await kubeletArguments(state, plane, socket));
  await start("kube-proxy", await proxyArguments(plane));
  await kubectl(["apply", "-f", "-"], JSON.stringify(dnsManifest()));
  await untilReady(kubelet, READY_TIMEOUT_MS, () =>
    succeeds(kubectl(["wait", "--for=condition=Ready", `node/${NODE_NAME}`, "--timeout=1s"])),
  );
  await until("cluster DNS", READY_TIMEOUT_MS, () =>
    kubectl(["-n", "kube-system", "wait", "--for=condition=Available", "deployment/coredns", "--timeout=5s"]),
  );
}

/** Makes an image known to a containerd. */
export async function importInto(socket: string, image: Image): Promise<void> {
  await ctr(socket, ["images", "import", image.archive]);
}

function startIn(state: State, network: ClusterNetwork, name: string, command: readonly string[]): Promise<Daemon> {
  const [file, ...args] = [...network.enter, ...command] as [string, ...string[]];
  return startDaemon(state, { name, file, args });
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}

/** The control group of the node's pods, and the name of its pods' network. */
function cgroupOf(state: State): string {
  return `ksnapshot-${state.name}`;
}

function ctr(socket: string, args: readonly string[]): Promise<string> {
  return run("ctr", ["-a", socket, "-n", "k8s.io", ...args]);
}

/** What these processes do to the machine outside the state's folder and namespace, so that it can be undone. */
function recordSideEffects(state: State): void {
  const cgroup = cgroupOf(state);
  for (const setting of KERNEL_SETTINGS) {
    const file = `/proc/sys/${setting}`;
    record(state, { kind: "sysctl", file, value: readFileSync(file, "utf8").trim() });
  }
  record(state, { kind: "files", directory: "/var/log/containers", test: ["-lname", `${state.directory}/*`] });
  const mentionsState = ["-type", "f", "-exec", "grep", "-qF", state.directory, "{}", ";"];
  record(state, { kind: "files", directory: "/var/lib/cni/results", test: mentionsState });
  record(state, { kind: "files", directory: "/var/lib/kubelet/device-plugins", test: ["-name", "kubelet.sock"] });
  record(state, { kind: "cgroup", name: cgroup });
  for (const folder of cgroupFolders(cgroup)) mkdirSync(folder, { recursive: true });
}

function containerdConfiguration(state: State, socket: string): string {
  const cni = join(state.directory, "cni");
  mkdirSync(cni);
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(state.directory, "addresses"),
      ranges: [[{ subnet: POD_ADDRESSES }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  writeFileSync(
    join(cni, "10-bed.conflist"),
    JSON.stringify({ cniVersion: "1.0.0", name: cgroupOf(state), plugins: [bridge] }),
  );
  const file = join(state.directory, "containerd.toml");
  const unused = [
    "snapshotter.v1.btrfs",
    "snapshotter.v1.devmapper",
    "snapshotter.v1.zfs",
    "snapshotter.v1.aufs",
    "internal.v1.opt",
  ];
  writeFileSync(
    file,
    `version = 2
root = "${state.directory}/containerd"
state = "${state.directory}/containerd-run"
disabled_plugins = ${JSON.stringify(unused.map((plugin) => `io.containerd.${plugin}`))}
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  disable_apparmor = true
  # A virtual machine may lack CAP_SYS_RESOURCE, and then a lower score cannot be set.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`,
  );
  return file;
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

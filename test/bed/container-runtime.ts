import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { startDaemon, untilReady } from "./daemon.ts";
import type { Image } from "./image.ts";
import { entered, type ClusterNetwork } from "./network.ts";
import { coreDnsImage, pauseImage, shellImage } from "./node-images.ts";
import { record, type State } from "./state.ts";
import { cgroupFolders } from "./undo.ts";

/** The addresses of the pods. */
export const POD_ADDRESSES = "10.244.0.0/24";

const SOCKET_PATH_CHARACTERS = 107; // unix(7)
const READY_TIMEOUT_MS = 30_000;
// They look for file systems and devices that are not there.
const UNUSED_PLUGINS = ["btrfs", "devmapper", "zfs", "aufs"]
  .map((name) => `io.containerd.snapshotter.v1.${name}`)
  .concat("io.containerd.internal.v1.opt");

// The kubelet sets these for the whole machine (KubeletConfiguration.protectKernelDefaults has the list).
const KERNEL_SETTINGS = [
  ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"],
];

/** Starts containerd with the images that every node has; returns its socket. */
export async function startContainerRuntime(state: State, network: ClusterNetwork): Promise<string> {
  const socket = join(state.directory, "containerd.sock");
  if (`${socket}.ttrpc`.length > SOCKET_PATH_CHARACTERS) {
    throw new Error(`"${socket}" is too long for a Unix socket: set KSNAPSHOT_CACHE to a folder with a shorter path`);
  }
  recordSideEffects(state);
  const configuration = containerdConfiguration(state, socket);
  const containerd = await startDaemon(state, {
    name: "containerd",
    ...entered(network, ["containerd", "--config", configuration]),
  });
  record(state, { kind: "pods", socket, cgroup: cgroupOf(state) });
  await untilReady(containerd, READY_TIMEOUT_MS, () => ctr(socket, ["version"]).then(() => true));
  for (const image of [await pauseImage(), await coreDnsImage(), await shellImage()]) await importInto(socket, image);
  return socket;
}

/** Makes an image known to a containerd. */
export async function importInto(socket: string, image: Image): Promise<void> {
  await ctr(socket, ["images", "import", image.archive]);
}

/** The control group of the node's pods, and the name of its pods' network. */
export function cgroupOf(state: State): string {
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
  writeFileSync(
    file,
    `version = 2
root = "${state.directory}/containerd"
state = "${state.directory}/containerd-run"
disabled_plugins = ${JSON.stringify(UNUSED_PLUGINS)}
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

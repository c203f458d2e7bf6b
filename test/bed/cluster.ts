import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDebianPackages } from "./apt.ts";
import { readAuditEvents, type AuditEvent } from "./audit.ts";
import { run, type CommandOptions } from "./command.ts";
import { importInto, startContainerRuntime } from "./container-runtime.ts";
import { kubectlOn, serviceAccountKubeconfig, startControlPlaneProcesses } from "./control-plane.ts";
import { startDaemon } from "./daemon.ts";
import type { Image } from "./image.ts";
import { userKubeconfig, type ApiAccess } from "./kubeconfig.ts";
import { createPrivateNetwork, entered, loopback, type ClusterNetwork } from "./network.ts";
import { NODE_PACKAGES, startNodeProcesses } from "./node.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { isRoot } from "./unprivileged.ts";
import { canListen, freePort } from "./port.ts";
import { until } from "./wait.ts";

const BRIDGE_TIMEOUT_MS = 10_000;

/** A Kubernetes 1.34 API with its controllers. Pods stay Pending: there is no node. */
export interface ControlPlane {
  /** The administrator's (group `system:masters`). */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  readonly caFile: string;
  /** The folder `logs` has `kube-apiserver.log` and the others'. */
  readonly directory: string;
  /** Runs kubectl as the administrator and returns its output. @throws {CommandFailed} with its standard error. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** A kubeconfig of a user with a client certificate. */
  userKubeconfig(user: string, groups?: readonly string[]): Promise<string>;
  /** A kubeconfig with a token (24 hours) of a service account that exists. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Every write that the API server answered since its start, oldest first. */
  auditEvents(): AuditEvent[];
  /** Ends all processes and removes all state. */
  stop(): Promise<void>;
}

/** A cluster that runs pods on one node, with services and cluster DNS, in a network namespace of its own. */
export interface Cluster extends ControlPlane {
  /** The administrator's, for programs that run inside the cluster's network. */
  readonly clusterKubeconfig: string;
  /** Put before a command to spawn it inside the cluster's network, where pods and services have their addresses. */
  readonly enter: readonly string[];
  /** Runs a command inside the cluster's network. @throws {CommandFailed} */
  inClusterNetwork(command: readonly string[], options?: CommandOptions): Promise<string>;
  /** Opens a port of 127.0.0.1 that leads to an address inside the cluster's network (a pod's or a service's). */
  portTo(address: string, port: number): Promise<number>;
  /** Makes an image known to the node; pods use it by its name, with `imagePullPolicy: Never` or `IfNotPresent`. */
  importImage(image: Image): Promise<void>;
}

interface ClusterOptions {
  /** Where it lives; default: a fresh state that this process owns. */
  readonly state?: State;
}

/** Starts etcd, the API server, the controller manager and the scheduler on free ports of 127.0.0.1. Needs no root. */
export async function startControlPlane(options: ClusterOptions = {}): Promise<ControlPlane> {
  const state = options.state ?? ownedState("control");
  return starting(state, async () => {
    const { kube, access, kubeconfig } = await startControlPlaneProcesses(state, loopback);
    return controlPlaneOf(state, kube, access, kubeconfig);
  });
}

/**
 * Starts a control plane and a node (containerd, kubelet, kube-proxy, CoreDNS) in a network namespace of its own.
 * @throws when this is not root.
 */
export async function startNode(options: ClusterOptions = {}): Promise<Cluster> {
  if (!isRoot())
    throw new Error("a node needs root, for namespaces and mounts: run as root, or use the control plane alone");
  await ensureDebianPackages(NODE_PACKAGES);
  const state = options.state ?? ownedState("node");
  return starting(state, async () => {
    const network = await createPrivateNetwork(state);
    const starts = [startControlPlaneProcesses(state, network), startContainerRuntime(state, network)] as const;
    await Promise.allSettled(starts); // a start that fails is cleaned up after, when the other has come to its end
    const [processes, socket] = await Promise.all(starts);
    await startNodeProcesses(state, processes, socket);
    const portTo: Cluster["portTo"] = (address, port) => bridgeToMachine(state, network, address, port);
    const server = `https://127.0.0.1:${await portTo(network.address, processes.apiPort)}`;
    const access = { ...processes.access, server };
    const kubeconfig = await userKubeconfig(access, "admin-outside", "admin", ["system:masters"]);
    await until("the API server, from outside", BRIDGE_TIMEOUT_MS, () =>
      kubectlOn(processes.kube, loopback, kubeconfig, ["get", "--raw", "/readyz"]),
    );
    return {
      ...controlPlaneOf(state, processes.kube, access, kubeconfig),
      clusterKubeconfig: processes.kubeconfig,
      enter: network.enter,
      inClusterNetwork: (command, commandOptions) => {
        const { file, args } = entered(network, command);
        return run(file, args, commandOptions);
      },
      portTo,
      importImage: (image) => importInto(socket, image),
    };
  });
}

function controlPlaneOf(state: State, kube: string, access: ApiAccess, kubeconfig: string): ControlPlane {
  const kubectl: ControlPlane["kubectl"] = (args, input) => kubectlOn(kube, loopback, kubeconfig, args, input);
  describe(state, { kubeconfig, address: access.server });
  return {
    kubeconfig,
    server: access.server,
    caFile: access.authority.certificateFile,
    directory: state.directory,
    kubectl,
    userKubeconfig: (user, groups) => userKubeconfig(access, `user-${user.replaceAll(/[^\w.-]/g, "-")}`, user, groups),
    serviceAccountKubeconfig: (namespace, name) => serviceAccountKubeconfig(access, kubectl, namespace, name),
    auditEvents: () => readAuditEvents(state),
    stop: () => discard(state),
  };
}

/** A port of this machine that leads into the namespace: a Unix socket crosses it, with a relay at either end. */
async function bridgeToMachine(state: State, network: ClusterNetwork, address: string, port: number): Promise<number> {
  const outsidePort = await freePort();
  const socket = join(state.directory, `${outsidePort}.sock`);
  const inside = ["socat", `UNIX-LISTEN:${socket},fork,unlink-early`, `TCP:${address}:${port}`];
  const outside = [`TCP-LISTEN:${outsidePort},bind=127.0.0.1,fork,reuseaddr`, `UNIX-CONNECT:${socket}`];
  await startDaemon(state, { name: `inside-${outsidePort}`, ...entered(network, inside) });
  await startDaemon(state, { name: `outside-${outsidePort}`, file: "socat", args: outside });
  await until(
    `a bridge to ${address}:${port}`,
    BRIDGE_TIMEOUT_MS,
    async () => existsSync(socket) && !(await canListen(outsidePort)),
  );
  return outsidePort;
}

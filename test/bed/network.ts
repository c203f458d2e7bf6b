import { run } from "./command.ts";
import { record, type State } from "./state.ts";

export const NODE_ADDRESS = "10.200.0.1";

/** Where the processes of a cluster live: how to start one there, and the addresses they use. */
export interface ClusterNetwork {
  /** Put before a command to run it there; empty for this machine's own network. */
  readonly enter: readonly string[];
  /** The API server listens there, and says so. */
  readonly address: string;
}

/** This machine's loopback: enough for a control plane, and open to users other than root. */
export const loopback: ClusterNetwork = { enter: [], address: "127.0.0.1" };

/**
 * Makes a network namespace for a node and its pods. No packet of the cluster can leave it, and its firewall rules end
 * with it. Needs root.
 */
export async function createPrivateNetwork(state: State): Promise<ClusterNetwork> {
  const name = namespaceOf(state);
  record(state, { kind: "network-namespace", name });
  await run("ip", ["netns", "add", name]);
  const ip = (...args: readonly string[]) => run("ip", ["-n", name, ...args]);
  await ip("link", "set", "lo", "up");
  // A veth pair stands in for the dummy device, which not every kernel has.
  await ip("link", "add", "node0", "type", "veth", "peer", "name", "node0-peer");
  await ip("address", "add", `${NODE_ADDRESS}/24`, "dev", "node0");
  await ip("link", "set", "node0", "up");
  await ip("link", "set", "node0-peer", "up");
  // Without a default route the node itself could not reach the services' addresses.
  await ip("route", "add", "default", "dev", "node0");
  // Not "ip netns exec": it mounts a new /sys, which hides the control groups.
  const enter = ["nsenter", `--net=/run/netns/${name}`];
  await run("nsenter", [...enter.slice(1), "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  return { enter, address: NODE_ADDRESS };
}

/** The command line that runs a command in a cluster's network. */
export function entered(network: ClusterNetwork, command: readonly string[]): { file: string; args: string[] } {
  const [file = "", ...args] = [...network.enter, ...command];
  return { file, args };
}

function namespaceOf(state: State): string {
  return `ksnapshot-${state.name}`;
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { auditArguments } from "./audit.ts";
import { createAuthority, issueCertificate, type Authority } from "./certificates.ts";
import { run } from "./command.ts";
import { startDaemon, untilReady, type Daemon } from "./daemon.ts";
import { buildProgram } from "./go.ts";
import { tokenKubeconfig, userKubeconfig, type ApiAccess } from "./kubeconfig.ts";
import { entered, type ClusterNetwork } from "./network.ts";
import type { State } from "./state.ts";
import { freePort } from "./port.ts";
import { until } from "./wait.ts";

const START_TIMEOUT_MS = 120_000;
const SERVICE_ADDRESSES = "10.96.0.0/16";
const API_SERVICE_ADDRESS = "10.96.0.1";
const TOKEN_DURATION = "24h";

/** The processes that every cluster has, and what its other processes and clients need to reach them. */
export interface ControlPlaneProcesses {
  readonly network: ClusterNetwork;
  /** The multi-call binary: its first argument picks the process (`kubelet`, `kubectl`, ...). */
  readonly kube: string;
  readonly apiPort: number;
  readonly authority: Authority;
  /** From within `network`. */
  readonly access: ApiAccess;
  /** The administrator's, from within `network`. */
  readonly kubeconfig: string;
}

/** Starts etcd, the API server, the controller manager and the scheduler of Kubernetes; returns when they work. */
export async function startControlPlaneProcesses(
  state: State,
  network: ClusterNetwork,
): Promise<ControlPlaneProcesses> {
  const kube = await buildProgram("kube");
  const keys = join(state.directory, "keys");
  mkdirSync(keys);
  const authority = await createAuthority(keys, "ksnapshot bed cluster");
  const apiPort = await freePort();
  const access = { server: `https://${network.address}:${apiPort}`, authority, directory: state.directory };
  const start = (name: string, ...args: readonly string[]): Promise<Daemon> => {
    // Killed at the end: the state is thrown away, and the API server would wait for all who watch it.
    return startDaemon(state, { name, ...entered(network, [kube, name, ...args]), signal: "SIGKILL" });
  };

  const etcd = await etcdUrls();
  await start("etcd", ...etcdArguments(state, etcd));
  const apiServer = await start(
    "kube-apiserver",
    ...(await apiServerArguments(state, authority, network, apiPort, etcd)),
  );
  const kubeconfig = await userKubeconfig(access, "admin", "admin", ["system:masters"]);
  const kubectl = (...args: readonly string[]) => kubectlOn(kube, network, kubeconfig, args);
  await untilReady(apiServer, START_TIMEOUT_MS, async () => (await kubectl("get", "--raw", "/readyz")) === "ok");

  for (const name of ["kube-controller-manager", "kube-scheduler"] as const) {
    const its = await userKubeconfig(access, name, `system:${name}`);
    const common = [`--kubeconfig=${its}`, "--leader-elect=false", "--secure-port=0"];
    await start(name, ...common, ...(name === "kube-scheduler" ? [] : controllerManagerArguments(authority)));
  }
  await until("the controller manager", START_TIMEOUT_MS, () => kubectl("get", "serviceaccount", "default"));
  return { network, kube, apiPort, authority, access, kubeconfig };
}

/** Runs kubectl, of the cluster's own version, in a network. */
export function kubectlOn(
  kube: string,
  network: ClusterNetwork,
  kubeconfig: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const command = entered(network, [kube, "kubectl", ...args]);
  // The cache goes beside the kubeconfig, in the state, rather than into this user's home.
  const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` };
  return run(command.file, command.args, { env, ...(input === undefined ? {} : { input }) });
}

/** A kubeconfig with a token (24 hours) of a service account that exists. */
export async function serviceAccountKubeconfig(
  access: ApiAccess,
  kubectl: (args: readonly string[]) => Promise<string>,
  namespace: string,
  name: string,
): Promise<string> {
  const token = await kubectl(["-n", namespace, "create", "token", name, `--duration=${TOKEN_DURATION}`]);
  return tokenKubeconfig(access, `${namespace}-${name}`, token.trim());
}

interface EtcdUrls {
  readonly client: string;
  readonly peer: string;
}

async function etcdUrls(): Promise<EtcdUrls> {
  return { client: `http://127.0.0.1:${await freePort()}`, peer: `http://127.0.0.1:${await freePort()}` };
}

function etcdArguments(state: State, { client, peer }: EtcdUrls): string[] {
  return [
    ...["--data-dir", join(state.directory, "etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`],
  ];
}

async function apiServerArguments(
  state: State,
  authority: Authority,
  network: ClusterNetwork,
  port: number,
  etcd: EtcdUrls,
): Promise<string[]> {
  const names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(
    (name) => `DNS:${name}`,
  );
  const addresses = [...new Set(["127.0.0.1", network.address, API_SERVICE_ADDRESS])].map((address) => `IP:${address}`);
  const server = await issueCertificate(authority, "apiserver", "/CN=kube-apiserver", [...names, ...addresses]);
  const kubeletClient = await issueCertificate(
    authority,
    "apiserver-kubelet",
    "/O=system:masters/CN=apiserver-kubelet",
  );
  await createServiceAccountKeys(authority.directory);
  const isLoopback = network.enter.length === 0;
  return [
    `--etcd-servers=${etcd.client}`,
    `--advertise-address=${network.address}`,
    `--bind-address=${isLoopback ? "127.0.0.1" : "0.0.0.0"}`,
    `--secure-port=${port}`,
    // Endpoints may not hold a loopback address, and nothing but a pod would use them.
    ...(isLoopback ? ["--endpoint-reconciler-type=none"] : []),
    `--service-cluster-ip-range=${SERVICE_ADDRESSES}`,
    "--allow-privileged",
    "--kubelet-preferred-address-types=InternalIP", // a node's name resolves nowhere here
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--client-ca-file=${authority.certificateFile}`,
    `--tls-cert-file=${server.certificateFile}`,
    `--tls-private-key-file=${server.keyFile}`,
    `--kubelet-certificate-authority=${authority.certificateFile}`,
    `--kubelet-client-certificate=${kubeletClient.certificateFile}`,
    `--kubelet-client-key=${kubeletClient.keyFile}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${join(authority.directory, "service-accounts.pub")}`,
    `--service-account-signing-key-file=${join(authority.directory, "service-accounts.key")}`,
    ...auditArguments(state),
  ];
}

function controllerManagerArguments(authority: Authority): string[] {
  return [
    "--use-service-account-credentials",
    `--service-account-private-key-file=${join(authority.directory, "service-accounts.key")}`,
    `--root-ca-file=${authority.certificateFile}`,
  ];
}

async function createServiceAccountKeys(directory: string): Promise<void> {
  const [privateKey, publicKey] = [join(directory, "service-accounts.key"), join(directory, "service-accounts.pub")];
  await run("openssl", ["genrsa", "-out", privateKey, "2048"]);
  await run("openssl", ["rsa", "-in", privateKey, "-pubout", "-out", publicKey]);
}

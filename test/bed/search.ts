import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startDaemon, untilReady } from "./daemon.ts";
import { freePort } from "./port.ts";
import { type SearchProgram, searchProgram, type SearchVersion } from "./search-program.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";

const START_TIMEOUT_MS = 120_000;

/** A node of Elasticsearch or OpenSearch, a cluster of its own, without x-pack and without OpenSearch's plugins. */
export interface SearchServer {
  readonly product: SearchVersion["product"];
  readonly version: SearchVersion["version"];
  /** `http://127.0.0.1:PORT`; there is no TLS, and nobody signs in. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface SearchOptions {
  /** Of the Java heap. Default 320. */
  readonly heapMebibytes?: number;
  /** Further settings of the node: `{ "action.auto_create_index": "false" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it lives; default: a fresh state that this process owns. */
  readonly state?: State;
}

/**
 * Starts an empty server on free ports of 127.0.0.1.
 * @throws with the end of the server's log when it does not come up.
 */
export async function startSearch(server: SearchVersion, options: SearchOptions = {}): Promise<SearchServer> {
  const program = await searchProgram(server);
  const state = options.state ?? ownedState(`${server.product}-${server.version}`);
  return starting(state, async () => {
    const port = await freePort();
    const settings = { ...baseSettings(port, await freePort()), ...options.settings };
    const daemon = await startDaemon(state, {
      name: server.product,
      file: join(program.jdk, "bin/java"),
      args: await javaArguments(state, program, settings, options.heapMebibytes ?? 320),
    });
    const url = `http://127.0.0.1:${port}`;
    await untilReady(daemon, START_TIMEOUT_MS, () => isServing(url));
    const description = { ...server, url, host: "127.0.0.1", port, logFile: daemon.logFile, pid: daemon.pid };
    describe(state, { ...description, address: url });
    return { ...description, stop: () => discard(state) };
  });
}

function baseSettings(port: number, transportPort: number): Readonly<Record<string, string>> {
  return {
    "cluster.name": "bed",
    "network.host": "127.0.0.1",
    "http.port": String(port),
    "transport.port": String(transportPort),
    "discovery.type": "single-node",
    // A full disk of this machine is not what the tests are about.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
  };
}

async function javaArguments(
  state: State,
  { directory, modular }: SearchProgram,
  settings: Readonly<Record<string, string>>,
  heapMebibytes: number,
): Promise<string[]> {
  const home = join(state.directory, "home");
  for (const folder of ["config", "data", "logs", "plugins", "modules"]) {
    await mkdir(join(home, folder), { recursive: true });
  }
  const opens = ["java.base/java.io", "java.base/java.lang"].map((module) => `--add-opens=${module}=ALL-UNNAMED`);
  const properties = {
    "es.path.home": home,
    "opensearch.path.home": home,
    "es.distribution.type": "tar",
    "es.nativelibs.path": join(home, "native"), // none is there, and the server does without
    "log4j2.disable.jmx": "true",
    "log4j2.formatMsgNoLookups": "true",
  };
  return [
    ...[`-Xms${heapMebibytes}m`, `-Xmx${heapMebibytes}m`, "-XX:+UseSerialGC", ...opens],
    ...(modular ? ["--add-modules=jdk.incubator.vector"] : []),
    ...["--enable-native-access=ALL-UNNAMED", "-XX:+IgnoreUnrecognizedVMOptions"],
    ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
    ...["-cp", `${join(directory, "lib")}/*:${join(directory, "classes")}`, "Main", home],
    ...(modular ? [join(directory, "modules")] : []),
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ];
}

/** The HTTP port answers before the cluster has a master: shards could still answer 503. */
async function isServing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`);
  await answer.arrayBuffer();
  return answer.ok;
}

import { startDaemon, untilReady } from "./daemon.ts";
import { installProgram } from "./go.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { freePort } from "./port.ts";

const START_TIMEOUT_MS = 15_000;

/** A fault on a connection; https://github.com/Shopify/toxiproxy#toxics lists types and attributes. */
export type Toxic =
  | { readonly type: "latency"; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  | { readonly type: "bandwidth"; readonly attributes: { readonly rate: number } }
  | { readonly type: "slow_close"; readonly attributes: { readonly delay: number } }
  /** Data stops; the connection closes after `timeout` ms, with 0 never. */
  | { readonly type: "timeout"; readonly attributes: { readonly timeout: number } }
  | { readonly type: "reset_peer"; readonly attributes: { readonly timeout: number } }
  /** The connection closes after so many bytes. */
  | { readonly type: "limit_data"; readonly attributes: { readonly bytes: number } };

export interface ToxicProxy {
  readonly host: string;
  readonly port: number;
  /** Adds a fault to every connection, also to those open now; default stream: what the server sends. */
  addToxic(toxic: Toxic, stream?: "downstream" | "upstream"): Promise<void>;
  removeToxics(): Promise<void>;
  /** Refuses connections and closes those open; or takes them again. */
  setEnabled(enabled: boolean): Promise<void>;
  remove(): Promise<void>;
}

export interface Toxiproxy {
  /** Puts a proxy on a free port of 127.0.0.1 in front of a server. */
  proxyTo(host: string, port: number): Promise<ToxicProxy>;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a toxiproxy server: TCP proxies whose connections can be slowed, stalled, cut and reset. */
export async function startToxiproxy(state: State = ownedState("toxiproxy")): Promise<Toxiproxy> {
  const binary = await installProgram("toxiproxy");
  return starting(state, async () => {
    const port = await freePort();
    const api = `http://127.0.0.1:${port}`;
    const args = ["-host", "127.0.0.1", "-port", String(port)];
    const daemon = await startDaemon(state, { name: "toxiproxy", file: binary, args });
    await untilReady(daemon, START_TIMEOUT_MS, async () => (await fetch(`${api}/version`)).ok);
    describe(state, { address: api, pid: daemon.pid });
    return {
      proxyTo: (host, upstreamPort) => createProxy(api, `${host}:${upstreamPort}`),
      pid: daemon.pid,
      stop: () => discard(state),
    };
  });
}

async function createProxy(api: string, upstream: string): Promise<ToxicProxy> {
  const port = await freePort();
  const name = `proxy-${port}`;
  const proxy = `/proxies/${name}`;
  await call(api, "POST", "/proxies", { name, listen: `127.0.0.1:${port}`, upstream, enabled: true });
  return {
    host: "127.0.0.1",
    port,
    addToxic: async (toxic, stream = "downstream") => {
      await call(api, "POST", `${proxy}/toxics`, { ...toxic, stream, toxicity: 1 });
    },
    removeToxics: async () => {
      const toxics = (await call(api, "GET", `${proxy}/toxics`)) as readonly { name: string }[];
      for (const toxic of toxics) await call(api, "DELETE", `${proxy}/toxics/${toxic.name}`);
    },
    setEnabled: async (enabled) => {
      await call(api, "POST", proxy, { enabled });
    },
    remove: async () => {
      await call(api, "DELETE", proxy);
    },
  };
}

async function call(api: string, method: string, path: string, body?: object): Promise<unknown> {
  // toxiproxy takes a browser's user agent, and fetch's is one of Mozilla's family, for an attack.
  const headers = { "user-agent": "ksnapshot-bed" };
  const answer = await fetch(`${api}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`toxiproxy answered ${answer.status} to ${method} ${path}: ${text}`);
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { type Certificate, createAuthority, issueCertificate } from "./certificates.ts";
import { startDaemon, untilReady, type DaemonSpec } from "./daemon.ts";
import { installProgram } from "./go.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { canListen, freePort } from "./port.ts";

const START_TIMEOUT_MS = 60_000;

/** A real S3 server with no bucket in it; address buckets in path style. */
export interface S3Server {
  /** `http://127.0.0.1:PORT`, or with https. */
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server and removes its objects. */
  stop(): Promise<void>;
}

/** What the server is started with; all of it fresh. */
interface Seat {
  readonly directory: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Starts versitygw over a folder. It has no lifecycle rules, and wants a checksum algorithm declared for multipart. */
export function startVersitygw(state: State = ownedState("versitygw")): Promise<S3Server> {
  return versitygw(state, null);
}

/** The same with TLS, its certificate being for 127.0.0.1 and signed by the authority in `caFile`. */
export async function startVersitygwWithTls(
  state: State = ownedState("versitygw"),
): Promise<S3Server & { readonly caFile: string }> {
  const authority = await createAuthority(state.directory, "bed storage authority");
  const certificate = await issueCertificate(authority, "server", "/CN=storage", ["IP:127.0.0.1"]);
  return { ...(await versitygw(state, certificate)), caFile: authority.certificateFile };
}

async function versitygw(state: State, certificate: Certificate | null): Promise<S3Server> {
  const binary = await installProgram("versitygw");
  const tls = certificate === null ? [] : ["--cert", certificate.certificateFile, "--key", certificate.keyFile];
  const scheme = certificate === null ? "http" : "https";
  return startS3(state, scheme, async ({ directory, port, accessKey, secretKey }) => {
    const [objects, versions, identities] = ["objects", "versions", "identities"].map((name) => join(directory, name));
    for (const folder of [objects, versions, identities]) await mkdir(folder ?? "");
    return {
      name: "versitygw",
      file: binary,
      args: [
        ...["--port", `127.0.0.1:${port}`, "--iam-dir", identities ?? "", "--quiet"],
        ...tls,
        ...["posix", "--versioning-dir", versions ?? "", objects ?? ""],
      ],
      env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    };
  });
}

/** Starts MinIO over four folders, so that it has versions and object lock. It lists uploads for an exact key only. */
export async function startMinio(state: State = ownedState("minio")): Promise<S3Server> {
  const binary = await installProgram("minio");
  return startS3(state, "http", async ({ directory, port, accessKey, secretKey }) => {
    const drives = [1, 2, 3, 4].map((number) => join(directory, `drive${number}`));
    for (const drive of drives) await mkdir(drive);
    return {
      name: "minio",
      file: binary,
      args: ["server", "--quiet", "--address", `127.0.0.1:${port}`, ...drives],
      env: {
        MINIO_ROOT_USER: accessKey,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: "off",
        MINIO_CI_CD: "1", // takes drives that are not file systems of their own
        MINIO_KMS_SECRET_KEY: `bed:${randomBytes(32).toString("base64")}`, // server-side encryption
      },
    };
  });
}

async function startS3(
  state: State,
  scheme: "http" | "https",
  specOf: (seat: Seat) => Promise<DaemonSpec>,
): Promise<S3Server> {
  return starting(state, async () => {
    const keys = { accessKey: `bed${randomBytes(8).toString("hex")}`, secretKey: randomBytes(20).toString("hex") };
    const port = await freePort();
    const daemon = await startDaemon(state, await specOf({ directory: state.directory, port, ...keys }));
    const endpoint = `${scheme}://127.0.0.1:${port}`;
    await untilReady(daemon, START_TIMEOUT_MS, async () =>
      scheme === "http" ? isServing(endpoint) : !(await canListen(port)),
    );
    const description = { endpoint, ...keys, region: "us-east-1", logFile: daemon.logFile, pid: daemon.pid };
    describe(state, { ...description, address: endpoint });
    return { ...description, stop: () => discard(state) };
  });
}

/** Any answer but 503 (MinIO's while it formats its drives) will do: nobody is signed in yet. */
async function isServing(endpoint: string): Promise<boolean> {
  const answer = await fetch(endpoint);
  await answer.arrayBuffer();
  return answer.status !== 503;
}

import { mkdir, readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { directoryMountPath, type EnvVar } from "../contract/env.ts";
import { decodeManifest, type SnapshotManifest } from "../dumper/sink/snapshot-manifest.ts";
import { isManifestKey } from "../dumper/sink/object-key.ts";
import { bundle } from "../scripts/bundle.ts";
import { postgresqlDumperImage } from "../scripts/image-list.ts";
import type { KubeObject, SnapshotObjects } from "../synth/render.ts";
import { showDirectory } from "./directory-bar.ts";
import type { Postgres } from "./postgres.ts";
import { runProgram } from "./steps.ts";

type ContainerEnv = Readonly<Record<string, string>>;

interface CronJob extends KubeObject {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } } };
}

interface PodSpec {
  readonly containers: readonly { readonly env: readonly EnvVar[] }[];
}

/**
 * The environment of the rendered CronJob's container as the kubelet makes it: references are looked up in the rendered
 * Secret, and `$$` is one dollar.
 * @throws {Error} when the container refers to anything but the CronJob's own Secret
 */
export function containerEnv({ cronJob, secret }: SnapshotObjects): ContainerEnv {
  const [container] = (cronJob as CronJob).spec.jobTemplate.spec.template.spec.containers;
  const data = (secret?.["data"] ?? {}) as ContainerEnv;
  const values = (container?.env ?? []).map((variable): [string, string] => {
    if ("value" in variable) return [variable.name, variable.value.replaceAll("$$", "$")];
    const encoded = "secretKeyRef" in variable.valueFrom ? data[variable.valueFrom.secretKeyRef.key] : undefined;
    if (encoded === undefined) throw new Error(`the container's ${variable.name} is not in its Secret`);
    return [variable.name, Buffer.from(encoded, "base64").toString()];
  });
  return Object.fromEntries(values);
}

export interface FinishedJob {
  readonly manifestKey: string;
  readonly manifest: SnapshotManifest;
}

/**
 * Runs the image's entry point here, with the container's environment. Only what a cluster would provide is put in its
 * place: the Service's address, the claim's mount, the programs of the image.
 *
 * @param work a folder in which `snapshots` stands for the claim
 * @param expectedBytes what will be stored, roughly: the length of the progress bar
 * @throws {Error} with the dumper's words when it fails
 */
export async function runJob(
  env: ContainerEnv,
  {
    postgres,
    work,
    expectedBytes,
    signal,
  }: {
    readonly postgres: Postgres;
    readonly work: string;
    readonly expectedBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<FinishedJob> {
  const snapshots = join(work, "snapshots");
  await mkdir(snapshots);
  await bundle(join(work, "app"));
  const [, ...args] = postgresqlDumperImage.entrypoint;
  const local = {
    ...env,
    BACKEND_PATH: env["BACKEND_PATH"]?.replace(directoryMountPath, snapshots),
    POSTGRESQL_HOST: postgres.host,
    POSTGRESQL_PORT: String(postgres.port),
    PATH: pathWith(postgres),
    HOSTNAME: "demo",
  };
  const hide = showDirectory(snapshots, expectedBytes);
  try {
    await runProgram(
      process.execPath, // the image's `node` is the pinned one, and so is this process
      args.map((arg) => arg.replace(/^\/app\//, `${join(work, "app")}/`)),
      { env: local, signal, quiet: true },
    );
  } finally {
    await hide();
  }
  const manifestKey = (await readdir(snapshots, { recursive: true })).find(isManifestKey);
  if (manifestKey === undefined) throw new Error("the dumper ended well and left no snapshot manifest");
  return { manifestKey, manifest: decodeManifest(await readFile(join(snapshots, manifestKey)), manifestKey) };
}

/** Where the image's programs are found here, before whatever else there is. */
export function pathWith(postgres: Postgres): string {
  return [postgres.programs, process.env["PATH"] ?? ""].join(delimiter);
}

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { run } from "./command.ts";
import { filesLayer, type Layer, type LayerFile } from "./layer.ts";

/** An image archive on disk, as `docker save` writes them, with the name that pods use. */
export interface Image {
  /** `localhost/NAME:TAG`; any tag but `latest`, whose images the kubelet would try to pull. */
  readonly name: string;
  readonly archive: string;
}

/** A root file system to build images on: its layers, the lowest first. */
export type RootFilesystem = readonly Layer[];

export interface ImageSpec {
  readonly name: string;
  /** The lower layers; none: the image holds `files` only. */
  readonly base?: RootFilesystem;
  /** The upper layer. */
  readonly files: readonly LayerFile[];
  /** The image configuration's `config` (OCI image specification): `Entrypoint`, `Cmd`, `User`, `Env`, `WorkingDir`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Packs an image, without a container engine. The same inputs give the same archive, which is packed once. */
export async function imageOf({ name, base = [], files, config = {} }: ImageSpec): Promise<Image> {
  const layers = [...base, await filesLayer(files)];
  const digests = layers.map(({ digest }) => digest);
  const key = createHash("sha256")
    .update(JSON.stringify([name, digests, config]))
    .digest("hex")
    .slice(0, 16);
  const archive = join(cacheDirectory("images"), `${key}.tar`);
  if (existsSync(archive)) return { name, archive };

  const work = await mkdtemp(join(cacheDirectory("images"), ".packing-"));
  const rootfs = { type: "layers", diff_ids: digests.map((digest) => `sha256:${digest}`) };
  const configuration = { architecture: "amd64", os: "linux", config, rootfs };
  const names = digests.map((digest) => `${digest}.tar`);
  const manifest = [{ Config: "config.json", RepoTags: [name], Layers: names }];
  await writeFile(join(work, "config.json"), JSON.stringify(configuration));
  await writeFile(join(work, "manifest.json"), JSON.stringify(manifest));
  for (const layer of layers) await symlink(layer.archive, join(work, `${layer.digest}.tar`));
  await run("tar", ["-C", work, "--dereference", "-cf", `${work}.tar`, "manifest.json", "config.json", ...names]);
  await rename(`${work}.tar`, archive);
  await rm(work, { recursive: true });
  return { name, archive };
}

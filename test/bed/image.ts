import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { copyFile, chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { run } from "./command.ts";
import type { RootFilesystem } from "./rootfs.ts";

/** An image archive on disk, as `docker save` writes them, with the name that pods use. */
export interface Image {
  /** `localhost/NAME:TAG`; any tag but `latest`, whose images the kubelet would try to pull. */
  readonly name: string;
  readonly archive: string;
}

/** One file of an image. */
export type ImageFile =
  | { readonly from: string; readonly to: string; readonly mode?: number }
  | { readonly content: string; readonly to: string; readonly mode?: number }
  | { readonly link: string; readonly to: string };

export interface ImageSpec {
  readonly name: string;
  /** The lower layer; none: the image holds `files` only. */
  readonly base?: RootFilesystem;
  /** The upper layer, owned by root; modes default to 0644, or that of the file copied. */
  readonly files?: readonly ImageFile[];
  /** The image configuration's `config` (OCI image specification): `Entrypoint`, `Cmd`, `User`, `Env`, `WorkingDir`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Packs an image, without a container engine. The same inputs give the same archive, which is packed once. */
export async function imageOf(spec: ImageSpec): Promise<Image> {
  const archive = join(cacheDirectory("images"), `${keyOf(spec)}.tar`);
  if (existsSync(archive)) return { name: spec.name, archive };
  const work = await mkdtemp(join(cacheDirectory("images"), ".packing-"));
  try {
    await layOut(join(work, "root"), spec.files ?? []);
    await layerOf(join(work, "root"), join(work, "files.tar"));
    if (spec.base !== undefined) await symlink(spec.base.layer, join(work, "base.tar"));
    const layers = [...(spec.base === undefined ? [] : ["base.tar"]), "files.tar"];
    const digests = await Promise.all(layers.map((layer) => digestOf(join(work, layer))));
    const rootfs = { type: "layers", diff_ids: digests.map((digest) => `sha256:${digest}`) };
    const configuration = { architecture: "amd64", os: "linux", config: spec.config ?? {}, rootfs };
    await writeFile(join(work, "config.json"), JSON.stringify(configuration));
    const manifest = [{ Config: "config.json", RepoTags: [spec.name], Layers: layers }];
    await writeFile(join(work, "manifest.json"), JSON.stringify(manifest));
    await run("tar", ["-C", work, "--dereference", "-cf", join(work, "image.tar"), "manifest.json", "config.json", ...layers]);
    await rename(join(work, "image.tar"), archive);
  } finally {
    await rm(work, { recursive: true });
  }
  return { name: spec.name, archive };
}

/** Packs a folder as a layer: owned by root, without times, in the order of names. */
export async function layerOf(root: string, layer: string): Promise<void> {
  const reproducible = ["--numeric-owner", "--owner=0", "--group=0", "--sort=name", "--mtime=@0"];
  await run("tar", ["-C", root, ...reproducible, "-cf", layer, "."]);
}

async function layOut(root: string, files: readonly ImageFile[]): Promise<void> {
  await mkdir(join(root, "tmp"), { recursive: true, mode: 0o755 });
  await chmod(join(root, "tmp"), 0o1777);
  for (const file of files) {
    const target = join(root, file.to);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if ("link" in file) await symlink(file.link, target);
    else if ("from" in file) await copyFile(file.from, target);
    else await writeFile(target, file.content);
    if (!("link" in file) && file.mode !== undefined) await chmod(target, file.mode);
  }
}

function keyOf({ name, base, files = [], config }: ImageSpec): string {
  const contents = files.map((file) => ("from" in file ? sha256(readFileSync(file.from)) : ""));
  return sha256(JSON.stringify([name, base?.layer, files, contents, config])).slice(0, 32);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { run } from "./command.ts";
import { debianRoot, type DebianRootSpec } from "./debian.ts";

/** One layer of an image: an uncompressed tar archive in the cache, and its digest. */
export interface Layer {
  readonly archive: string;
  /** SHA-256 in hexadecimal, the `diff_id` of the OCI image specification without its prefix. */
  readonly digest: string;
}

/** One file of a layer, owned by root. Modes default to that of the file copied, to 0644 for content, 0755 for folders. */
export type LayerFile =
  | { readonly from: string; readonly to: string; readonly mode?: number }
  | { readonly content: string; readonly to: string; readonly mode?: number }
  | { readonly link: string; readonly to: string }
  /** A folder; with `tree`, a copy of all that is in it. */
  | { readonly folder: string; readonly tree?: string; readonly mode?: number };

/** A layer of single files. The same files give the same layer, packed once. */
export async function filesLayer(files: readonly LayerFile[]): Promise<Layer> {
  const contents = files.map((file) => ("from" in file ? sha256(readFileSync(file.from)) : ""));
  return packed(`files-${sha256(JSON.stringify([files, contents])).slice(0, 16)}`, async (work) => {
    for (const file of files) await place(work, file);
    return work;
  });
}

/** A layer of Debian packages with all that they depend on, as {@link debianRoot} unpacks them. */
export async function debianLayer(spec: DebianRootSpec): Promise<Layer> {
  const root = await debianRoot(spec);
  return packed(basename(root), () => Promise.resolve(root));
}

async function packed(name: string, rootOf: (work: string) => Promise<string>): Promise<Layer> {
  const archive = join(cacheDirectory("layers"), `${name}.tar`);
  const digestFile = `${archive}.sha256`;
  if (!existsSync(digestFile)) {
    const work = await mkdtemp(join(cacheDirectory("layers"), ".packing-"));
    await chmod(work, 0o755);
    const unfinished = `${work}.tar`;
    const reproducible = ["--numeric-owner", "--owner=0", "--group=0", "--sort=name", "--mtime=@0"];
    await run("tar", ["-C", await rootOf(work), ...reproducible, "-cf", unfinished, "."]);
    const digest = await digestOf(unfinished);
    await rename(unfinished, archive);
    await writeFile(digestFile, digest);
    await rm(work, { recursive: true });
  }
  return { archive, digest: await readFile(digestFile, "utf8") };
}

async function place(root: string, file: LayerFile): Promise<void> {
  const target = join(root, "folder" in file ? file.folder : file.to);
  await mkdir(dirname(target), { recursive: true });
  if ("folder" in file) {
    await mkdir(target, { recursive: true });
    if (file.tree !== undefined) await run("cp", ["-a", `${file.tree}/.`, target]);
  } else if ("link" in file) {
    return symlink(file.link, target);
  } else if ("from" in file) {
    await copyFile(file.from, target);
  } else {
    await writeFile(target, file.content);
  }
  if (file.mode !== undefined) await chmod(target, file.mode);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

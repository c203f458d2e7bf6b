import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Progress } from "../../../dumper/progress.ts";
import { listSnapshots, readSnapshot } from "../../../dumper/restore/snapshots.ts";
import { verifyObject } from "../../../dumper/restore/verify.ts";
import type { ObjectKey } from "../../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage } from "../../../dumper/sink/object-storage.ts";
import { mostManifestBytes } from "../../../dumper/sink/snapshot-manifest.ts";
import { snapshotAt } from "../../support/snapshots.ts";

const { signal } = new AbortController();
const { key, manifest } = snapshotAt("2026-01-31T03:00:00Z");
const [object] = manifest.objects;
if (object === undefined) throw new Error("no object");

let work: string;
let storage: ObjectStorage;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), "ksnapshot-hostile-"));
  storage = await openStorage({ kind: "directory", path: join(work, "store") });
  await mkdir(dirname(pathOf(key)), { recursive: true });
  await mkdir(join(work, "outside"));
  await writeFile(join(work, "outside/secret.sql.gz"), "of somebody else");
});

afterEach(() => rm(work, { recursive: true }));

function pathOf(text: string): string {
  return join(work, "store", text);
}

async function plant(change: object): Promise<void> {
  await writeFile(pathOf(key), JSON.stringify({ ...manifest, ...change }));
}

async function verdict() {
  const { objects } = await readSnapshot(storage, key, signal);
  const reading = { storage, engine: manifest.engine, identities: [], progress: new Progress(), signal };
  const [selected] = objects;
  if (selected === undefined) throw new Error("nothing was selected");
  return verifyObject({ ...reading, object: selected });
}

test("a manifest that names a file outside of the storage is broken, and the file is not read", async () => {
  await plant({ objects: [{ ...object, key: "../outside/secret.sql.gz" }] });

  const { snapshots, broken } = await listSnapshots(storage, "", signal);

  expect(snapshots).toEqual([]);
  expect(broken).toMatchObject([{ key, problem: expect.stringContaining("leaves the storage"), manifest: null }]);
  await expect(readSnapshot(storage, key, signal)).rejects.toMatchObject({ code: "storage" });
});

test("a manifest without an end is not read to it", async () => {
  await writeFile(pathOf(key), Buffer.alloc(mostManifestBytes + 1, " "));

  const { broken } = await listSnapshots(storage, "", signal);

  expect(broken).toMatchObject([{ key, problem: expect.stringMatching(/has more than \d+ bytes/) }]);
});

test.each([
  ["file", (path: string) => symlink(join(work, "outside/secret.sql.gz"), path)],
  [
    "folder",
    async (path: string) => {
      await rm(dirname(path), { recursive: true });
      await symlink(join(work, "outside"), dirname(path));
      await writeFile(join(work, "outside", path.slice(dirname(path).length + 1)), "of somebody else");
      await writeFile(join(work, "outside", key.slice(dirname(key).length + 1)), JSON.stringify(manifest));
    },
  ],
])("an object whose %s is a symbolic link is not followed", async (_, link) => {
  await plant({});
  await link(pathOf(object.key));

  const reading = Promise.resolve(verdict()).then(({ verdict: found, problem }) => `${found}: ${problem ?? ""}`);

  await expect(reading.catch((error: unknown) => String(error))).resolves.toMatch(/symbolic link/);
});

test("a FIFO in the place of an object is no file, and nobody waits for its writer", async () => {
  await plant({});
  execFileSync("mkfifo", [pathOf(object.key)]);

  expect(await verdict()).toMatchObject({ verdict: "damaged", problem: expect.stringContaining("is no file") });
});

test("nothing is written or removed behind a symbolic link", async () => {
  await symlink(join(work, "outside"), pathOf("linked"));
  const linked = "linked/secret.sql.gz" as ObjectKey;

  await expect(storage.put("linked/new.sql" as ObjectKey, Buffer.from("x"))).rejects.toMatchObject({ code: "storage" });
  await expect(storage.remove(linked)).rejects.toMatchObject({ code: "storage" });

  expect(await readdir(join(work, "outside"))).toEqual(["secret.sql.gz"]);
});

test("a key that leaves the storage is neither read nor removed", async () => {
  const outside = "../outside/secret.sql.gz" as ObjectKey;

  await expect(firstBytes(storage, outside)).rejects.toMatchObject({ code: "storage" });
  await expect(storage.remove(outside)).rejects.toMatchObject({ code: "storage" });

  expect(await readdir(join(work, "outside"))).toEqual(["secret.sql.gz"]);
});

test("the storage's own path may be a symbolic link", async () => {
  await symlink(join(work, "store"), join(work, "alias"));
  const alias = await openStorage({ kind: "directory", path: join(work, "alias") });

  await alias.put("a/b" as ObjectKey, Buffer.from("x"));

  expect(await firstBytes(alias, "a/b")).toEqual(Buffer.from("x"));
});

async function firstBytes(from: ObjectStorage, text: string): Promise<Buffer | null> {
  for await (const chunk of from.read(text as ObjectKey, signal)) return chunk;
  return null;
}

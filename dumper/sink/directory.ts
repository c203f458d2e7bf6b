import { type FileHandle, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { randomUUID } from "node:crypto";
import type { DirectoryStorage } from "../../contract/storage.ts";
import type { Progress } from "../progress.ts";
import { failing, isSystemError } from "./directory-failure.ts";
import { isThere, list, partialExtension, placeIfThere, placeOf, read, unfinished } from "./directory-files.ts";
import { longerThan, type ObjectKey } from "./object-key.ts";
import type { ObjectStorage, Upload } from "./object-storage.ts";

/** So many bytes are handed to the disk while the dump goes on, so that the last fsync has little left to do. */
const syncEveryBytes = 64 * 2 ** 20;
/** NAME_MAX of Linux and of every file system in use there but a few, which say so when the file is begun. */
const mostNameBytes = 255;

/** Objects as files below a directory, which is made when it is not there. */
export function openDirectory({ path }: DirectoryStorage): ObjectStorage {
  const root = resolve(path);
  return {
    name: root,
    prefix: "",
    keyProblem: (key) => longerThan(mostNameBytes, basename(key), "the name of a file"),
    begin: (key, { runId }) => failing(root, () => begin(root, key, runId)),
    put: (key, bytes) =>
      failing(root, async () => {
        const upload = await begin(root, key, randomUUID());
        try {
          await upload.handle.writeFile(bytes);
          await upload.complete();
        } catch (error) {
          await upload.discard();
          throw error;
        }
      }),
    list: (prefix, signal) => list(root, prefix, signal),
    unfinished: (signal) => unfinished(root, signal),
    read: (key, signal) => read(root, key, signal),
    has: (key) => failing(root, () => has(root, key)),
    keepsMarks: false,
    markOf: () => Promise.resolve(null),
    remove: (key) => failing(root, () => remove(root, key)),
    check: () =>
      failing(root, async () => {
        const id = randomUUID(); // two checks at a time are no business of each other
        const upload = await begin(root, `ksnapshot-check-${id}` as ObjectKey, id);
        try {
          await upload.handle.writeFile("ksnapshot dump --check\n");
          await upload.complete();
        } finally {
          await upload.discard();
        }
        return [];
      }),
    close: () => undefined,
  };
}

async function has(root: string, key: ObjectKey): Promise<boolean> {
  const path = await placeIfThere(root, key);
  return path !== null && isThere(path);
}

async function remove(root: string, key: ObjectKey): Promise<void> {
  const path = await placeIfThere(root, key);
  if (path !== null) await rm(path, { force: true });
}

/** The file has a name of its own, in the same folder, until it is complete. */
async function begin(root: string, key: ObjectKey, runId: string): Promise<Upload & { handle: FileHandle }> {
  const final = join(root, key);
  const temporary = join(dirname(final), `.${basename(final).slice(0, 150)}.${runId}${partialExtension}`);
  await mkdir(dirname(final), { recursive: true });
  await placeOf(root, key);
  const handle = await open(temporary, "wx", 0o640);
  let isPlaced = false;
  return {
    key,
    handle,
    write: (bytes, progress, signal) => failing(root, () => writeAll(handle, bytes, progress, signal)),
    complete: () =>
      failing(root, async () => {
        await handle.datasync();
        await handle.close();
        await place(temporary, final, () => (isPlaced = true));
        await syncFolders(root, dirname(final));
      }),
    discard: () =>
      failing(root, async () => {
        await handle.close();
        await rm(temporary, { force: true });
        if (isPlaced) await rm(final, { force: true });
      }),
  };
}

/** How a file system says that a file cannot have two names there. */
const noLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Gives a file its final name, never in the place of another: link(2) fails where the name is taken, and rename(2) would
 * replace what is there. Without links the name is made first; a kill between the two leaves an empty file.
 * @param placed called when the name is ours
 */
async function place(temporary: string, final: string, placed: () => void): Promise<void> {
  try {
    await link(temporary, final);
    placed();
  } catch (error) {
    if (!isSystemError(error) || !noLinks.includes(error.code ?? "")) throw error;
    const placeholder = await open(final, "wx", 0o640);
    placed();
    await placeholder.close();
    await rename(temporary, final);
    return;
  }
  await rm(temporary);
}

async function writeAll(
  handle: FileHandle,
  bytes: AsyncIterable<Buffer>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let unsynced = 0;
  let syncing: Promise<void> = Promise.resolve();
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    progress.storageWrites = 1;
    for (let written = 0; written < chunk.length;) {
      written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten;
    }
    progress.storageWrites = 0;
    progress.storedBytes += chunk.length;
    unsynced += chunk.length;
    if (unsynced >= syncEveryBytes) {
      await syncing;
      unsynced = 0;
      syncing = handle.datasync();
      syncing.catch(() => null); // awaited by the next one
    }
  }
  await syncing;
}

/** A name lasts only when the folder that holds it is on the disk, up to the storage's own. */
async function syncFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
    if (path === root || !path.startsWith(root)) return;
  }
}

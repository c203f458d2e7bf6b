import { constants, createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, posix, relative, resolve, sep } from "node:path";
import { randomUUID } from "node:crypto";
import type { DirectoryStorage } from "../../contract/storage.ts";
import { messageOf, RunFailed } from "../failure.ts";
import type { Progress } from "../progress.ts";
import { folderOf, longerThan, type ObjectKey, parseObjectKey } from "./object-key.ts";
import type { ObjectStorage, ListedObject, UnfinishedUpload, Upload } from "./object-storage.ts";

/** So many bytes are handed to the disk while the dump goes on, so that the last fsync has little left to do. */
const syncEveryBytes = 64 * 2 ** 20;
/** NAME_MAX of Linux and of every file system in use there but a few, which say so when the file is begun. */
const mostNameBytes = 255;
const partialExtension = ".partial";

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

/**
 * Where the file of a key is. Below the directory no symbolic link is followed: who can write there could lead reads and
 * writes anywhere. The listing passes them over, too.
 * @throws {RunFailed} when the folder is reached through one
 */
async function placeOf(root: string, key: ObjectKey): Promise<string> {
  if (parseObjectKey(key) === null) throw notOurs(root, `${JSON.stringify(key)} leaves it`);
  const [realRoot, realFolder] = await Promise.all([realpath(root), realpath(dirname(join(root, key)))]);
  if (realFolder === join(realRoot, dirname(key))) return join(root, key);
  throw notOurs(root, `the folder of ${key} is behind a symbolic link, and leads to ${realFolder}`);
}

/** Null where there is no such folder, and so no such file. */
async function placeIfThere(root: string, key: ObjectKey): Promise<string | null> {
  try {
    return await placeOf(root, key);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
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
        // rename(2) would replace what is there; creating the name first fails when it is taken.
        const placeholder = await open(final, "wx", 0o640);
        isPlaced = true;
        await placeholder.close();
        await rename(temporary, final);
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

async function* list(root: string, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
  for await (const { key, path, state } of files(root, folderOf(prefix), signal)) {
    if (!path.endsWith(partialExtension) && key.startsWith(prefix)) {
      yield { key, bytes: state.size, storedAt: state.mtime };
    }
  }
}

/** Their keys are as far as the file's name tells them. */
async function* unfinished(root: string, signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
  for await (const { key, path, state } of files(root, "", signal)) {
    const [, name, runId] = /^\.(.*)\.([0-9a-f-]{36})\.partial$/.exec(posix.basename(key)) ?? [];
    if (name === undefined || runId === undefined) continue;
    const discard = () => failing(root, () => rm(path, { force: true }));
    yield { key: posix.join(posix.dirname(key), name) as ObjectKey, runId, touchedAt: state.mtime, discard };
  }
}

/** @param folder of the keys that are wanted; one that is not there holds nothing, but the storage's own has to be */
async function* files(root: string, folder: string, signal: AbortSignal) {
  const entries = await failing(root, async () => {
    await stat(root);
    if (!(await isThere(join(root, folder)))) return [];
    return readdir(join(root, folder), { recursive: true, withFileTypes: true });
  });
  for (const entry of entries.filter((one) => one.isFile())) {
    signal.throwIfAborted();
    const path = join(entry.parentPath, entry.name);
    const state = await failing(root, () => stat(path)).catch(unlessGone);
    if (state !== null) yield { path, key: relative(root, path).split(sep).join("/") as ObjectKey, state };
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return false;
    throw error;
  }
}

/** A run that is under way has renamed or removed the file since its folder was read. */
function unlessGone(error: unknown): null {
  if (error instanceof RunFailed && isSystemError(error.cause) && error.cause.code === "ENOENT") return null;
  throw error;
}

async function* read(root: string, key: ObjectKey, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    const handle = await openFile(root, key);
    yield* createReadStream("", { fd: handle, signal, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw signal.aborted ? signal.reason : isSystemError(error) ? directoryFailed(root, error) : error;
  }
}

/** Not to wait for the writer of a FIFO, or read a device without an end. */
async function openFile(root: string, key: ObjectKey): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(await placeOf(root, key), flags);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notOurs(root, `${key} is no file`);
}

async function failing<T>(root: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw isSystemError(error) ? directoryFailed(root, error) : error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === "object" && error !== null && "syscall" in error;
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "make room on the disk",
  EDQUOT: "make room in the quota",
  EACCES: "let the user of this process write there",
  ENAMETOOLONG: "keep the snapshots on a file system that takes longer names, or rename the database",
  EROFS: "mount it writable",
  ENOENT: "check the path and the key",
  ELOOP: "put the file itself there: a symbolic link is not followed",
  EEXIST: "it is never overwritten; move it away, or try again in a second",
};

function directoryFailed(root: string, error: unknown): RunFailed {
  const code = isSystemError(error) ? (error.code ?? "") : "";
  const remedy = remedies[code] ?? "check the disk";
  return new RunFailed("storage", `the directory ${root} failed: ${messageOf(error)}`, { remedy, cause: error });
}

function notOurs(root: string, problem: string): RunFailed {
  const remedy = "look at what wrote to it: keep snapshots as files in folders of their own, without symbolic links";
  return new RunFailed("storage", `the directory ${root} is not as it should be: ${problem}`, { remedy });
}

import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, readdir, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { RunFailed } from "../failure.ts";
import { directoryFailed, failing, isSystemError, notOurs } from "./directory-failure.ts";
import { folderOf, type ObjectKey, parseObjectKey } from "./object-key.ts";
import type { ListedObject, UnfinishedUpload } from "./object-storage.ts";

/** How the name of a file ends that is not finished. */
export const partialExtension = ".partial";

/**
 * Where the file of a key is. Below the directory no symbolic link is followed: who can write there could lead reads and
 * writes anywhere. The listing passes them over, too.
 * @throws {RunFailed} when the folder is reached through one
 */
export async function placeOf(root: string, key: ObjectKey): Promise<string> {
  if (parseObjectKey(key) === null) throw notOurs(root, `${JSON.stringify(key)} leaves it`);
  const [realRoot, realFolder] = await Promise.all([realpath(root), realpath(dirname(join(root, key)))]);
  if (realFolder === join(realRoot, dirname(key))) return join(root, key);
  throw notOurs(root, `the folder of ${key} is behind a symbolic link, and leads to ${realFolder}`);
}

/** Null where there is no such folder, and so no such file. */
export async function placeIfThere(root: string, key: ObjectKey): Promise<string | null> {
  try {
    return await placeOf(root, key);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
}

/** All files whose key begins so, but for those that are not finished. */
export async function* list(root: string, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
  for await (const { key, path, state } of files(root, folderOf(prefix), signal)) {
    if (!path.endsWith(partialExtension) && key.startsWith(prefix)) {
      yield { key, bytes: state.size, storedAt: state.mtime };
    }
  }
}

/** What is not finished. Their keys are as far as the file's name tells them. */
export async function* unfinished(root: string, signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
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

export async function isThere(path: string): Promise<boolean> {
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

/** The bytes of a file. @throws {RunFailed} when it cannot be read, or is none */
export async function* read(root: string, key: ObjectKey, signal: AbortSignal): AsyncGenerator<Buffer> {
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

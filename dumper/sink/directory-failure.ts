import { messageOf, RunFailed } from "../failure.ts";

/** Does it, and tells what fails as the failure of that directory. @throws {RunFailed} */
export async function failing<T>(root: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw isSystemError(error) ? directoryFailed(root, error) : error;
  }
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
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

export function directoryFailed(root: string, error: unknown): RunFailed {
  const code = isSystemError(error) ? (error.code ?? "") : "";
  const remedy = remedies[code] ?? "check the disk";
  return new RunFailed("storage", `the directory ${root} failed: ${messageOf(error)}`, { remedy, cause: error });
}

export function notOurs(root: string, problem: string): RunFailed {
  const remedy = "look at what wrote to it: keep snapshots as files in folders of their own, without symbolic links";
  return new RunFailed("storage", `the directory ${root} is not as it should be: ${problem}`, { remedy });
}

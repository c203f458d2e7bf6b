import { unreachable } from "../../contract/brand.ts";
import type { Storage } from "../../contract/storage.ts";
import type { Progress } from "../progress.ts";
import { openDirectory } from "./directory.ts";
import type { ObjectKey } from "./object-key.ts";

/** Where objects are kept: a bucket or a directory. Whatever it throws is a RunFailed of code `storage`. */
export interface ObjectStorage {
  /** For people: `s3://bucket`, `/snapshots`. */
  readonly name: string;
  /** What our own keys begin with: empty, or a path with a slash at its end. */
  readonly prefix: string;
  /** Why no object can have that key: it is too long. Null: it can. */
  readonly keyProblem: (key: ObjectKey) => string | null;
  /** Begins an object of unknown length. Nothing is to be seen under its key before {@link Upload.complete}. */
  readonly begin: (key: ObjectKey, mark: ObjectMark, signal: AbortSignal) => Promise<Upload>;
  /**
   * Stores a small object at once, and never over another one. Resolves only when it is there, whatever the answer to
   * the request was; when it rejects nothing of it is there, or the error names it. When the signal fires it waits no longer.
   */
  readonly put: (key: ObjectKey, bytes: Buffer, signal?: AbortSignal) => Promise<void>;
  /** Every object whose key begins so, in no order. */
  readonly list: (prefix: string, signal: AbortSignal) => AsyncIterable<ListedObject>;
  /** Everything that anybody began and that was neither completed nor taken back, in no order. */
  readonly unfinished: (signal: AbortSignal) => AsyncIterable<UnfinishedUpload>;
  /** The bytes of an object; a connection that breaks is taken up again where it broke. */
  readonly read: (key: ObjectKey, signal: AbortSignal) => AsyncIterable<Buffer>;
  /** Whether there is an object of that key. Only the storage's own word counts as a no: anything unclear is thrown. */
  readonly has: (key: ObjectKey, signal: AbortSignal) => Promise<boolean>;
  /** Whether each object that we make says so. */
  readonly keepsMarks: boolean;
  /** Who made an object. Null where nothing says so: it is another tool's, or the storage keeps no marks, as a directory. */
  readonly markOf: (key: ObjectKey, signal: AbortSignal) => Promise<ObjectMark | null>;
  /** Removes an object; one that is not there is no error. */
  readonly remove: (key: ObjectKey) => Promise<void>;
  /**
   * Writes as a run does, and takes it back: what a dump may not do is found before the night.
   * @returns what one should know of the storage, a sentence each
   */
  readonly check: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Lets go of connections. */
  readonly close: () => void;
}

/** Who made an object: stored with it where the storage can, and asked for before it is removed. */
export interface ObjectMark {
  readonly runId: string;
  /** The installation. Null: nobody has said. */
  readonly cluster: string | null;
  /** Null outside a cluster. */
  readonly cronJob: string | null;
  /** Of the workload. Null where it is not known. */
  readonly ownerUid: string | null;
}

export interface Upload {
  readonly key: ObjectKey;
  /** Takes all bytes, and resolves when the storage has them. Called once. A chunk is copied or done with before the next is asked for. */
  readonly write: (bytes: AsyncIterable<Buffer>, progress: Progress, signal: AbortSignal) => Promise<void>;
  /** Makes the object appear under its key, whole and for good, and never in the place of another one. Called after {@link write} has resolved. When the signal fires it waits no longer. */
  readonly complete: (signal?: AbortSignal) => Promise<void>;
  /** Takes everything back, completed or not, but nobody else's object. May be called at any time, after every other call has settled. */
  readonly discard: () => Promise<void>;
}

export interface StoredObject {
  readonly key: ObjectKey;
  readonly bytes: number;
}

export interface ListedObject extends StoredObject {
  /** By the storage's clock. */
  readonly storedAt: Date;
}

/** An upload that is under way, or that a killed run left. */
export interface UnfinishedUpload {
  readonly key: ObjectKey;
  /** The run that began it. Null where the storage does not tell, as a bucket: then the key has to. */
  readonly runId: string | null;
  /** When it began, or when it was last written to: by the storage's clock. */
  readonly touchedAt: Date;
  /** Gives its parts back; one that is not there any more is no error. */
  readonly discard: () => Promise<void>;
}

/** Opens the storage; the caller closes it. Nothing is asked of it yet. */
export async function openStorage(storage: Storage): Promise<ObjectStorage> {
  switch (storage.kind) {
    case "directory":
      return openDirectory(storage);
    case "s3":
      // Only now: the S3 client is most of the program, in bytes, memory and time to start.
      return (await import("./bucket.ts")).openBucket(storage);
    default:
      return unreachable(storage);
  }
}

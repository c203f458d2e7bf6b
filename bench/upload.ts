/** Uploads the file of its first argument to the bucket of the BACKEND_ variables: the second half of the original's way. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { environmentReader } from "../contract/dump-request.ts";
import { parseStorage, type StorageVariable } from "../contract/storage.ts";
import { Progress } from "../dumper/progress.ts";
import { openStorage } from "../dumper/sink/object-storage.ts";
import type { ObjectKey } from "../dumper/sink/object-key.ts";

const parsed = parseStorage(environmentReader<StorageVariable>(process.env, "bench"));
if (parsed === null) throw new Error("the BACKEND_ variables do not name a storage");
const storage = await openStorage(parsed);
const runId = randomUUID();
const { signal } = new AbortController();
const upload = await storage.begin(
  `bench/${runId}.gz` as ObjectKey,
  { runId, cluster: null, cronJob: null, ownerUid: null },
  signal,
);
await upload.write(createReadStream(process.argv[2] ?? ""), new Progress(), signal);
await upload.complete();
storage.close();

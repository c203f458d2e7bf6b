// Run as a process of its own: opens the storage of its environment and checks it, as `ksnapshot dump --check` does, and
// prints how that ended. In a test's own context the errors of Node's core are not the Error that the S3 client knows.
import { environmentReader } from "../../contract/dump-request.ts";
import { parseStorage, type StorageVariable } from "../../contract/storage.ts";
import { RunFailed } from "../../dumper/failure.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";

const storage = parseStorage(environmentReader<StorageVariable>(process.env, "check"));
if (storage === null) throw new Error("the environment describes no storage");
try {
  const opened = await openStorage(storage);
  await opened.check(new AbortController().signal);
  opened.close();
  process.stdout.write(JSON.stringify({ code: "well", message: "" }));
} catch (error) {
  if (!(error instanceof RunFailed)) throw error;
  process.stdout.write(JSON.stringify({ code: error.code, message: error.message }));
}

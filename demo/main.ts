/**
 * `make demo`: the main job on this machine. An annotated Deployment is planned and rendered by the operator's own code; the
 * container of its CronJob, entry point and environment, then runs here as a process, against a real PostgreSQL, into a
 * directory. The snapshot is verified, restored into a second database and compared.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { runDemo } from "./demo.ts";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.stderr.write(
  "ksnapshot demo: an annotated PostgreSQL, dumped, verified, restored and compared on this machine.\n",
);
const work = await mkdtemp(join(tmpdir(), "ksnapshot-demo-"));
await chmod(work, 0o755); // the server runs as another user when this is root
try {
  process.stdout.write(await runDemo(work, shutdownSignal()));
} catch (error) {
  process.stderr.write(`\n${pc.red("The demo failed")}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

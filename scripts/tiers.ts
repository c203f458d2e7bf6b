import { execFileSync } from "node:child_process";

/** One step of `make test`. */
export interface Tier {
  readonly name: string;
  /** What it shows, for the table. */
  readonly shows: string;
  readonly command: readonly string[];
  /** Whether the command is jest and writes a report of each test; any other command counts as one test. */
  readonly isJest: boolean;
  /** What the machine lacks for it. Empty: it can run. */
  readonly missing: () => readonly string[];
}

const nothing = () => [];
const node = process.execPath;

function jest(folder: string, ...more: readonly string[]): readonly string[] {
  const flags = ["--disable-warning=ExperimentalWarning", "--experimental-vm-modules"];
  return [node, ...flags, "node_modules/jest/bin/jest.js", folder, ...more];
}

/** In the order in which they run: what fails fast comes first. */
export const tiers: readonly Tier[] = [
  { name: "format", shows: "prettier", command: ["prettier", "--check", "."], isJest: false, missing: nothing },
  { name: "types", shows: "tsc, strict", command: ["tsc"], isJest: false, missing: nothing },
  {
    name: "lint",
    shows: "typescript-eslint",
    command: ["eslint", ".", "--max-warnings", "0"],
    isJest: false,
    missing: nothing,
  },
  {
    name: "dist",
    shows: "dist/ is fresh",
    command: [node, "cli/main.ts", "synth", "--check"],
    isJest: false,
    missing: nothing,
  },
  { name: "unit", shows: "pure functions, golden YAML", command: jest("test/unit"), isJest: true, missing: nothing },
  {
    name: "live",
    shows: "real PostgreSQL and S3 servers",
    command: jest("test/live", "test/bed", "--runInBand"),
    isJest: true,
    missing: () => [...lacking("linux"), ...lacking("root"), ...lacking("go")],
  },
  {
    name: "cluster",
    shows: "a real Kubernetes with a node",
    command: jest("test/cluster", "--runInBand"),
    isJest: true,
    missing: () => [...lacking("linux"), ...lacking("root"), ...lacking("go")],
  },
];

type Prerequisite = "linux" | "root" | "go";

function lacking(what: Prerequisite): readonly string[] {
  const isThere = { linux: process.platform === "linux", root: process.getuid?.() === 0, go: hasGo() };
  return isThere[what] ? [] : [{ linux: "Linux", root: "root", go: "Go 1.24 or newer" }[what]];
}

function hasGo(): boolean {
  try {
    execFileSync("go", ["version"]);
    return true;
  } catch {
    return false; // ENOENT
  }
}

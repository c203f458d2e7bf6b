import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { asSuperuser, query } from "../../demo/database.ts";
import { packagedPrograms } from "../../demo/postgres-programs.ts";
import { startServer } from "../../demo/postgres-server.ts";
import { run } from "../bed/command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "ksnapshot-demo-test-"));
  await chmod(temporary, 0o755); // PostgreSQL runs as another user when this is root
});

afterAll(() => rm(temporary, { recursive: true, force: true }));

test("the demo ends well, with every table equal, and cleans up after itself", async () => {
  const output = await run(process.execPath, ["demo/main.ts"], { cwd: root, env: { TMPDIR: temporary } });

  const rows = output
    .split("\n")
    .flatMap((line) => /^(\w+) +([\d,]+) +(-?\d+) +(-?\d+)$/.exec(line)?.slice(1, 5) ?? []);
  expect(rows.filter((_, index) => index % 4 === 0)).toEqual([
    "customers",
    "order_items",
    "orders",
    "products",
    "reviews",
  ]);
  expect(rows.filter((_, index) => index % 4 === 2)).toEqual(rows.filter((_, index) => index % 4 === 3));
  expect(await readdir(temporary)).toEqual([]);
}, 300_000);

test("where no PostgreSQL is installed, the packaged one does", async () => {
  const work = await mkdtemp(join(temporary, "packaged-"));
  await chmod(work, 0o755);
  const server = await startServer(await packagedPrograms(work), work, "secret");
  try {
    expect(await query(asSuperuser({ from: "packaged", ...server }, "postgres"), "SHOW server_version")).toBe("17.10");
  } finally {
    await server.stop();
  }
}, 300_000);

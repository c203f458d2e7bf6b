import { closeSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { openPipes } from "../../../dumper/process/pipe.ts";

test("the program that makes pipes sees nothing of our environment", async () => {
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-pipe-"));
  const program = join(work, "mkfifo");
  await writeFile(program, `#!/bin/sh\nenv > '${work}/seen'\nPATH=/usr/bin:/bin exec mkfifo "$@"\n`);
  await chmod(program, 0o755);
  process.env["BACKEND_S3_SECRET_KEY"] = "of the storage";
  try {
    const { one } = await openPipes({ PATH: `${work}:/usr/bin:/bin`, POSTGRESQL_PASSWORD: "of the database" }, "one");
    closeSync(one.readable);
    closeSync(one.writable);

    const seen = await readFile(join(work, "seen"), "utf8");

    expect(seen).toContain(`PATH=${work}`);
    expect(seen).not.toContain("of the");
  } finally {
    delete process.env["BACKEND_S3_SECRET_KEY"];
    await rm(work, { recursive: true });
  }
});

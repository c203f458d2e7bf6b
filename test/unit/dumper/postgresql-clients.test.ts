import { describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clientsFor,
  clientsTooOld,
  findClients,
  newestClients,
  type PostgresqlClients,
  withClients,
} from "../../../dumper/source/postgresql-clients.ts";

function clients(version: string, directory = `/${version}`): PostgresqlClients {
  return { directory, version, major: Number.parseInt(version, 10) };
}

describe("the pg_dump for a server", () => {
  const some = [clients("17.6"), clients("15.14"), clients("18.1")];

  test.each([
    { name: "is its own major's", server: 17, options: [], found: some, version: "17.6" },
    { name: "is the next newer one where its own is missing", server: 16, options: [], found: some, version: "17.6" },
    { name: "is never an older one", server: 18, options: [], found: some.slice(0, 2), version: undefined },
    { name: "knows the options", server: 15, options: ["--exclude-extension=x"], found: some, version: "17.6" },
    { name: "is no newer than an option asks", server: 15, options: ["--no-owner"], found: some, version: "15.14" },
    {
      name: "is the best there is",
      server: 15,
      options: ["--table-and-children=x"],
      found: [clients("15.2")],
      version: "15.2",
    },
    {
      name: "is the first of those",
      server: 15,
      options: [],
      found: [clients("15.2"), clients("15.9")],
      version: "15.2",
    },
  ])("$name", ({ server, options, found, version }) => {
    expect(clientsFor(found, server, options)?.version).toBe(version);
  });

  test("that is missing is told with both versions and the image that has it", () => {
    expect(clientsTooOld([clients("15.4"), clients("16.1")], "18.2 (Debian)")).toMatch(
      /^pg_dump 16\.1 is older than the server, 18\.2 \(Debian\), and refuses it\. Use the image ksnapshot\/dumper-postgresql:\S+, which .* PostgreSQL 18\.$/,
    );
  });
});

test("the programs of a PATH are found in its order, and what tells no version is not among them", async () => {
  const root = await mkdtemp(join(tmpdir(), "ksnapshot-clients-"));
  const answers = {
    a: "echo 'psql (PostgreSQL) 13.16 (Debian 13.16-0)'",
    b: "exit 1",
    c: "echo 'psql (PostgreSQL) 19beta1'",
  };
  const path = await Promise.all(
    Object.entries(answers).map(async ([name, script]) => {
      const directory = await mkdtemp(join(root, name));
      await writeFile(join(directory, "psql"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return directory;
    }),
  );

  const found = await findClients("psql", { PATH: `${path.join(":")}:${root}` }, new AbortController().signal);

  const own = found.filter(({ directory }) => directory.startsWith(root));
  expect(own.map(({ version, major }) => ({ version, major }))).toEqual([
    { version: "13.16", major: 13 },
    { version: "19", major: 19 },
  ]);
  expect(newestClients(found).version).toBe("19");
  await rm(root, { recursive: true });
});

test("the chosen programs come before all others of their name", () => {
  expect(withClients(clients("17.1"), { PATH: "/usr/bin", HOME: "/x" })).toEqual({
    PATH: "/17.1:/usr/bin",
    HOME: "/x",
  });
});

import { describe, expect, test } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { gunzipSync } from "node:zlib";
import { compressedDump } from "../../../dumper/dump-stream.ts";
import { RunFailed } from "../../../dumper/failure.ts";
import { describeExit } from "../../../dumper/process/child.ts";
import type { Command } from "../../../dumper/process/command.ts";
import type { Seen } from "../../../dumper/process/seen.ts";
import { Progress } from "../../../dumper/progress.ts";
import type { Dump } from "../../../dumper/source/source.ts";
import type { Compressor } from "../../../dumper/stage/compress.ts";

const env = { PATH: process.env["PATH"] };

function program(name: string, ...args: readonly string[]): Command {
  const file = fileURLToPath(new URL(`../../programs/${name}.js`, import.meta.url));
  return { file: process.execPath, args: [file, ...args], env };
}

function dumpOf(command: Command): Dump {
  const explain = (exit: Parameters<typeof describeExit>[0]) =>
    new RunFailed("source", describeExit(exit), { remedy: "none" });
  return { kind: "command", command, explain };
}

async function collect(dump: Dump, compressor: Compressor, signal = new AbortController().signal) {
  const progress = new Progress();
  const chunks: Buffer[] = [];
  const bytes = compressedDump(dump, compressor, { progress, signal });
  for (;;) {
    const next = await bytes.next();
    if (next.done === true) return { seen: next.value, stored: Buffer.concat(chunks), progress };
    chunks.push(Buffer.from(next.value)); // valid only until the next one
  }
}

const gzip: Compressor = { kind: "command", command: { file: "gzip", args: ["-1", "-c"], env } };
const ways: readonly {
  readonly name: string;
  readonly compressor: Compressor;
  readonly open: (bytes: Buffer) => Buffer;
}[] = [
  { name: "a program", compressor: gzip, open: gunzipSync },
  { name: "a transform", compressor: { kind: "transform", open: () => createGzip({ level: 1 }) }, open: gunzipSync },
  { name: "nothing", compressor: { kind: "none" }, open: (bytes) => bytes },
];

describe.each(ways)("a dump compressed by $name", ({ compressor, open }) => {
  test.each([0, 1, 4095, 4096, 4097, 262_143, 262_144, 262_145, 5_000_000])(
    "of %i bytes arrives whole, and its size, head and tail are seen",
    async (size) => {
      const { seen, stored, progress } = await collect(dumpOf(program("write", String(size), "the end\n")), compressor);

      const dump = open(stored);
      expect(dump.length).toBe(size + 8);
      const expected: Seen = {
        bytes: size + 8,
        head: dump.subarray(0, 4096).toString("latin1"),
        tail: dump.subarray(-4096).toString("latin1"),
      };
      expect(seen).toEqual(expected);
      expect(progress.position()).toBe(size + 8);
    },
  );

  test("fails with the exit code of a dump tool that ended badly after all its output", async () => {
    const ended = collect(dumpOf(program("write", "1000", "the end\n", "3")), compressor);

    await expect(ended).rejects.toMatchObject({ code: "source", message: expect.stringContaining("exited with 3") });
  });

  test("fails with the last words of a dump tool that floods its stderr", async () => {
    const ended = collect(dumpOf(program("flood-stderr")), compressor);

    await expect(ended).rejects.toThrow(/exited with 7: .*last words/);
  });

  test("fails when the dump tool is not installed", async () => {
    const ended = collect(dumpOf({ file: "no-such-dump-tool", args: [], env }), compressor);

    await expect(ended).rejects.toThrow(/no-such-dump-tool could not be started: .*ENOENT/);
  });

  test("ends with the signal's reason, also when the dump tool ignores SIGTERM", async () => {
    const controller = new AbortController();
    const reason = new Error("that is enough");
    const ended = collect(dumpOf(program("never-end")), compressor, controller.signal);

    controller.abort(reason);

    await expect(ended).rejects.toBe(reason);
  }, 20_000);
});

test("a dump fails when its compressor dies, and the dump tool is not left behind", async () => {
  const compressor: Compressor = { kind: "command", command: program("copy-some", "100000") };

  const ended = collect(dumpOf(program("write", "50000000")), compressor);

  await expect(ended).rejects.toThrow(/the compression failed: .* was killed by SIGKILL/);
});

test("a dump fails when its compressor is not installed", async () => {
  const compressor: Compressor = { kind: "command", command: { file: "no-such-compressor", args: [], env } };

  const ended = collect(dumpOf(program("write", "50000000")), compressor);

  await expect(ended).rejects.toThrow(/the compression failed: no-such-compressor could not be started/);
});

test("a dump that we make ourselves passes through a program too, and its own error comes out", async () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- a source may have its bytes at hand
  async function* breaking(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000);
    throw new RunFailed("source", "page 2 was lost", { remedy: "none" });
  }

  const ended = collect({ kind: "stream", open: breaking }, gzip);

  await expect(ended).rejects.toThrow("page 2 was lost");
});

import { describe, expect, test } from "@jest/globals";
import { generateHybridIdentity, generateIdentity } from "age-encryption";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Compression } from "../../../contract/compression.ts";
import { Progress } from "../../../dumper/progress.ts";
import { dumpContent } from "../../../dumper/restore/content.ts";
import { parseIdentities } from "../../../dumper/restore/identity.ts";
import type { ObjectKey } from "../../../dumper/sink/object-key.ts";
import { openStorage } from "../../../dumper/sink/object-storage.ts";
import type { StoredDump } from "../../../dumper/sink/snapshot-manifest.ts";
import { Meter } from "../../../dumper/stage/meter.ts";
import { gzipSync, zstdCompressSync } from "node:zlib";

const { signal } = new AbortController();
const end = "\n--\n-- PostgreSQL database dump complete\n--\n\n";
const dump = Buffer.from(`SELECT 1;\n${end}`);

// eslint-disable-next-line @typescript-eslint/require-await -- the bytes are at hand
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function collect(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe("the content of an object", () => {
  const compressed = { gzip: gzipSync(dump), zstd: zstdCompressSync(dump), none: dump };

  /** What the manifest says of `told`, and the storage holds in its place. */
  async function contentOf(compression: Compression, told: Buffer, held: Buffer, change: Partial<StoredDump> = {}) {
    const path = await mkdtemp(join(tmpdir(), "ksnapshot-content-"));
    const storage = await openStorage({ kind: "directory", path });
    const key = "dump-pod-shop-20260131030405.sql" as ObjectKey;
    await storage.put(key, held);
    const meter = new Meter();
    await collect(meter.measure(inPieces(told, 1000)));
    const object = { key, name: "shop", ...meter.reading(), dumpBytes: dump.length, compression, encrypted: false };
    const engine = "postgresql" as const;
    const from = { storage, engine, object: { ...object, ...change } };
    const reading = { ...from, identities: [], progress: new Progress(), signal };
    return collect(dumpContent(reading)).finally(() => rm(path, { recursive: true }));
  }

  test.each(["gzip", "zstd", "none"] as const)("compressed by %s comes back", async (compression) => {
    const bytes = compressed[compression];

    expect(await contentOf(compression, bytes, bytes)).toBe(dump.toString());
  });

  test.each([
    {
      name: "ends early",
      told: compressed.gzip,
      held: compressed.gzip.subarray(0, -9),
      problem: /content cannot be read/,
    },
    {
      name: "is followed by something",
      told: compressed.gzip,
      held: Buffer.concat([compressed.gzip, Buffer.alloc(5)]),
      problem: /has \d+ bytes, and the manifest says \d+/,
    },
    {
      name: "is another dump of the same length",
      told: compressed.gzip,
      held: gzipSync(Buffer.from(`SELECT 2;\n${end}`)),
      problem: /its SHA-256 is [0-9a-f]+, and the manifest says/,
    },
  ])("that $name is damaged", async ({ told, held, problem }) => {
    await expect(contentOf("gzip", told, held)).rejects.toThrow(problem);
  });

  test("whose dump has not the manifest's length, or no end mark, is damaged", async () => {
    const cut = gzipSync(dump.subarray(0, -20));

    const withDumpBytes = (dumpBytes: number) => contentOf("gzip", compressed.gzip, compressed.gzip, { dumpBytes });
    await expect(withDumpBytes(1)).rejects.toThrow("a dump of more than the 1 bytes that the manifest says");
    await expect(withDumpBytes(dump.length + 1)).rejects.toThrow(/a dump of \d+ bytes, and the manifest says/);
    await expect(contentOf("gzip", cut, cut, { dumpBytes: dump.length - 20 })).rejects.toThrow("no end mark");
  });
});

describe("identities", () => {
  test("are read from a file of age-keygen, comments and all", async () => {
    const [classic, hybrid] = [await generateIdentity(), await generateHybridIdentity()];

    const reading = parseIdentities(`# created: today\n# public key: age1x\n${classic}\r\n\n${hybrid}\n`);

    expect("value" in reading && reading.value.map((secret) => secret.reveal())).toEqual([classic, hybrid]);
  });

  test("that are none are refused by their line, and never quoted", () => {
    expect(parseIdentities("# only a comment\n")).toEqual({ problem: "There is no secret key in it." });
    expect(parseIdentities("# x\nhunter22\n")).toEqual({
      problem: expect.stringMatching(/^Line 2 is not an age secret key/),
    });
  });
});

import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Secret } from "../../../contract/secret.ts";
import { RunFailed } from "../../../dumper/failure.ts";
import { lastWordsOf, type LastWords, withinBytes } from "../../../dumper/last-words.ts";
import { encodeManifest } from "../../../dumper/sink/snapshot-manifest.ts";
import { nothingSwept } from "../../../dumper/sink/sweep.ts";
import { snapshotAt } from "../../support/snapshots.ts";

const snapshot = snapshotAt("2026-01-31T03:00:00Z");
const [object] = snapshot.manifest.objects;
if (object === undefined) throw new Error("no object");

test("a stored snapshot is told with its key, bytes, seconds and hashes", () => {
  const objects = [object, { ...object, bytes: 234, sha256: "1".repeat(64) }];
  const stored = { ...snapshot, swept: nothingSwept, manifest: { ...snapshot.manifest, objects } };

  expect(lastWordsOf({ result: "stored", exitCode: 0, snapshot: stored }, [])).toEqual({
    result: "stored",
    exitCode: 0,
    key: snapshot.key,
    bytes: 1234,
    seconds: 2,
    sha256: createHash("sha256").update(encodeManifest(stored.manifest)).digest("hex"),
    objects: objects.map(({ key, name, bytes, sha256 }) => ({ key, name, bytes, sha256 })),
  });
});

test("no secret is told, whatever JSON would make of it", () => {
  const secret = new Secret('a "quoted" \\ one');
  const error = new RunFailed("source", `user x password ${secret.reveal()}`, { remedy: "look" });
  const diagnostic = {
    code: "env-invalid",
    subject: { kind: "Environment", namespace: "", name: "dumper" },
    problem: `It is ${secret.reveal()}.`,
    remedy: "Correct it.",
  } as const;

  const failed = lastWordsOf({ result: "failed", exitCode: 3, error }, [secret]);
  const invalid = lastWordsOf({ result: "invalid", exitCode: 2, diagnostics: [diagnostic] }, [secret]);

  expect(failed).toEqual({ result: "failed", exitCode: 3, error: "user x password [redacted]; look" });
  expect(invalid).toMatchObject({
    diagnostics: [{ code: "env-invalid", problem: "It is [redacted].", remedy: "Correct it." }],
  });
});

test("what fits is told whole", () => {
  const words: LastWords = { result: "failed", exitCode: 4, error: "the storage failed; try again" };

  expect(withinBytes(words, Buffer.byteLength(JSON.stringify(words)))).toBe(JSON.stringify(words));
});

test("a long error loses its middle and keeps what to do, whatever is in it", () => {
  const anything = fc.string({ unit: "binary", minLength: 4000, maxLength: 6000 });
  fc.assert(
    fc.property(anything, (noise) => {
      const text = withinBytes(
        { result: "failed", exitCode: 3, error: `pg_dump exited with 1: ${noise}; look at the log` },
        4096,
      );

      const told = JSON.parse(text) as { readonly error: string };
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(text)).toBeGreaterThan(4000);
      expect(told).toEqual({
        result: "failed",
        exitCode: 3,
        error: expect.stringMatching(/^pg_dump exited with 1: .* … .*; look at the log$/su),
      });
    }),
    { numRuns: 5 },
  );
});

test("a long list loses its end and says how many are missing", () => {
  const objects = Array.from({ length: 100 }, (_, index) => ({ ...object, name: `database ${index}` }));
  const stored = { ...snapshot, swept: nothingSwept, manifest: { ...snapshot.manifest, objects } };
  const words = lastWordsOf({ result: "stored", exitCode: 0, snapshot: stored }, []);

  const text = withinBytes(words, 4096);

  const told = JSON.parse(text) as { readonly objects: readonly { readonly name: string }[]; readonly omitted: number };
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  expect(told).toMatchObject({ result: "stored", key: snapshot.key, bytes: 100_000 });
  expect(told.objects[0]).toMatchObject({ name: "database 0" });
  expect(told.objects.length + told.omitted).toBe(100);
  expect(told.objects.length).toBeGreaterThan(10);
});

test("many diagnostics lose their end and say how many are missing", () => {
  const diagnostic = { code: "env-invalid", field: "X", problem: "p".repeat(500), remedy: "r" } as const;
  const words: LastWords = {
    result: "invalid",
    exitCode: 2,
    diagnostics: Array.from({ length: 20 }, () => diagnostic),
  };

  expect(JSON.parse(withinBytes(words, 4096))).toEqual({
    ...words,
    diagnostics: Array.from({ length: 7 }, () => diagnostic),
    omitted: 13,
  });
});

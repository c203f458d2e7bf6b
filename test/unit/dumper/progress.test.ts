import { expect, test } from "@jest/globals";
import { once } from "node:events";
import { restorePatience } from "../../../dumper/restore/patience.ts";
import { dumpPatience, Progress, watch } from "../../../dumper/progress.ts";

test.each([
  {
    waits: "for the storage",
    storageWrites: 1,
    code: "storage",
    message: /the storage stalled: it took no byte for 0.05 s/,
  },
  {
    waits: "for the database",
    storageWrites: 0,
    code: "source",
    message: /the database stalled: the dump tool gave no byte/,
  },
])("a run that waits $waits too long is ended, and told so", async ({ storageWrites, code, message }) => {
  const progress = new Progress();
  progress.storageWrites = storageWrites;

  const { signal, stop } = watch(progress, () => dumpPatience(progress, 50));
  await once(signal, "abort");
  stop();

  expect(signal.reason).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("a run in which bytes move is left alone for as long as they do", async () => {
  const progress = new Progress();
  let moves = 0;
  // Moves at every look of the watchdog, for twice its patience.
  progress.refreshWith(() => {
    if (moves < 40) progress.dumpBytes = ++moves;
  });

  const { signal, stop } = watch(progress, () => dumpPatience(progress, 50));
  await once(signal, "abort");
  stop();

  expect(moves).toBe(40);
});

test.each([
  { storageReads: 1, storedBytes: 9, code: "storage", message: /^the storage stalled: it gave no byte for 600 s/ },
  { storageReads: 0, storedBytes: 0, code: "source", message: /^the target stalled: it did not answer for 600 s/ },
  { storageReads: 0, storedBytes: 9, code: "source", message: /^the target stalled: it took no byte for 14400 s/ },
])("a restore is patient with what it waits for: $message", ({ storageReads, storedBytes, code, message }) => {
  const progress = Object.assign(new Progress(), { storageReads, storedBytes });

  const { stalled } = restorePatience(progress, null);

  expect(stalled).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(restorePatience(progress, 1000).timeoutMs).toBe(1000);
});

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Presets, SingleBar } from "cli-progress";
import { sizeText } from "../cli/text.ts";

const refreshMs = 200;

/**
 * Draws how much has been written below a directory until the returned function is called. The dumper of the image has no
 * bar of its own: in a pod nobody looks.
 * @param expectedBytes what it will be in the end, roughly
 */
export function showDirectory(directory: string, expectedBytes: number): () => Promise<void> {
  if (!process.stderr.isTTY) return () => Promise.resolve();
  const bar = new SingleBar(
    { format: "    {bar} {stored} stored", barsize: 40, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(expectedBytes, 0, { stored: sizeText(0) });
  const draw = async () => {
    const bytes = await sizeOf(directory);
    bar.update(Math.min(bytes, expectedBytes), { stored: sizeText(bytes) });
  };
  const timer = setInterval(() => void draw(), refreshMs);
  return async () => {
    clearInterval(timer);
    await draw();
    bar.stop();
  };
}

/** Of all files below it, in bytes. */
export async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => {
      try {
        return (await stat(join(entry.parentPath, entry.name))).size;
      } catch {
        return 0; // ENOENT: renamed since it was listed
      }
    });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

import { RunFailed } from "../failure.ts";
import type { SnapshotManifest } from "../sink/snapshot-manifest.ts";
import { historyNote } from "../source/mysql/report.ts";

/**
 * MariaDB's versioned tables mark a present row by the end of time, which 11.5 has moved from 2038 to 2106: of a dump with their history
 * from before, every present row would be one that was. https://mariadb.com/docs/release-notes/community-server/old-releases/11.5/11.5.1
 * @param databases those that are restored, as they were named
 * @param target the server's own word for its version
 * @throws {RunFailed} when the dump has another end of time than the server
 */
export function refuseOtherEndOfTime(
  { notes, serverVersion }: Pick<SnapshotManifest, "notes" | "serverVersion">,
  databases: readonly string[],
  target: string,
): void {
  const concerned = databases.filter((name) => [true, false].some((moved) => notes.includes(historyNote(name, moved))));
  if (concerned.length === 0) return;
  const isMoved = hasMovedEnd(serverVersion ?? "") || concerned.some((name) => notes.includes(historyNote(name, true)));
  if (isMoved === hasMovedEnd(target)) return;
  const problem = `the history of versioned tables is in the dump of ${concerned.map((name) => JSON.stringify(name)).join(", ")}, with the end of time of MariaDB ${isMoved ? "11.5 and later" : "before 11.5"}, and the server is ${target}: it would take every present row for one that was`;
  throw new RunFailed("invalid", problem, {
    remedy: isMoved
      ? "restore into a server of 11.5 or later"
      : "restore into a server before 11.5 and upgrade that, or dump again with MYSQLDUMP_OPTIONS=--update-history, for 11.5 and later alone",
  });
}

function hasMovedEnd(version: string): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^5\.5\.5-/, "")
    .split(".")
    .map(Number);
  return major > 11 || (major === 11 && minor >= 5);
}

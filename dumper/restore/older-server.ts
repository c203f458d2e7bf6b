import { edgeBytes } from "../process/seen.ts";

/** The settings that pg_dump makes at the head of every dump, by the first `server_version_num` that knows them. */
const newerSettings: readonly { readonly line: string; readonly since: number }[] = [
  // pg_dump 17 and later write it whatever server they dump: a dump of 16 would not go back into 16.
  { line: "\nSET transaction_timeout = 0;\n", since: 170_000 },
];

/**
 * The dump without the settings at its head that an older server does not know, and at which its transaction would end. They
 * only undo what a session may have set before, and ours has set nothing. Only the first 4 KiB are looked at: rows come later.
 * @param serverVersion the target's `server_version_num`: 160004
 */
export async function* withoutNewerSettings(
  dump: AsyncIterable<Buffer>,
  serverVersion: number,
): AsyncGenerator<Buffer> {
  const unknown = newerSettings.filter(({ since }) => serverVersion < since);
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of dump) {
    if (head === null) {
      yield chunk;
    } else {
      head = Buffer.concat([head, chunk]);
      if (head.length < edgeBytes) continue;
      yield without(unknown, head);
      head = null;
    }
  }
  if (head !== null) yield without(unknown, head);
}

/** latin1 keeps every byte as it is. */
function without(settings: typeof newerSettings, bytes: Buffer): Buffer {
  const head = bytes.subarray(0, edgeBytes).toString("latin1");
  const kept = settings.reduce((text, { line }) => text.replace(line, "\n"), head);
  return Buffer.concat([Buffer.from(kept, "latin1"), bytes.subarray(edgeBytes)]);
}

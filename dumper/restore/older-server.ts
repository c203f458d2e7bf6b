/** The settings that pg_dump makes at the head of every dump, by the first `server_version_num` that knows them. */
const newerSettings: readonly { readonly line: string; readonly since: number }[] = [
  // pg_dump 17 and later write it whatever server they dump: where 16's own is missing, it would not go back into 16.
  { line: "\nSET transaction_timeout = 0;\n", since: 170_000 },
];

/**
 * The head of a dump without the settings that an older server does not know, and at which its transaction would end. They
 * only undo what a session may have set before, and ours has set nothing.
 * @param serverVersion the target's `server_version_num`: 160004
 */
export function withoutNewerSettings(head: string, serverVersion: number): string {
  return newerSettings
    .filter(({ since }) => serverVersion < since)
    .reduce((text, { line }) => text.replace(line, "\n"), head);
}

/** A text as one word of a shell, for a command that a person is to copy: what comes from a manifest may hold anything. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

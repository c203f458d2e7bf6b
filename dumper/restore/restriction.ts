//   \restrict <ours>                     psql takes no other command of its own from here on
//   BEGIN READ WRITE;
//   …the dump, without its own \restrict and \unrestrict, which psql would refuse by now…
//   COMMIT;
//
// Psql runs programs (\!, \copy … to program, \o |…) for whoever can write into a dump. Since 13.22, 14.19, 15.14, 16.10 and
// 17.6 pg_dump therefore puts a \restrict with a random key around what it writes. Who changes a dump in the storage can leave
// that out, or undo it with the key that stands at its head: only a key that we make while we restore holds.
import { randomBytes } from "node:crypto";

/** The command after which psql takes no command of its own, with a key that nobody knows. Older psql refuse it. */
export function restriction(): Buffer {
  return Buffer.from(`\\restrict ${randomBytes(24).toString("hex")}\n`);
}

/** What takes the restriction of pg_dump's own out of the edges of a dump. It is looked for only where pg_dump puts it. */
export function withoutRestriction(): {
  readonly head: (text: string) => string;
  readonly tail: (text: string) => string;
} {
  let key: string | null = null;
  return {
    head: (text) =>
      text.replace(/^((?:--[^\n]*\n|\n)*)\\restrict ([A-Za-z0-9]+)\n/, (_, before: string, found: string) => {
        key = found;
        return before;
      }),
    tail: (text) => (key === null ? text : text.replace(new RegExp(`\n\\\\unrestrict ${key}\\s*$`), "\n")),
  };
}

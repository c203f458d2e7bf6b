import * as z from "zod";

const Grant = z.object({
  names: z.union([z.string().transform((name) => [name]), z.array(z.string())]),
  privileges: z.array(z.string()),
  field_security: z
    .array(z.object({ grant: z.array(z.string()).nullish(), except: z.array(z.string()).nullish() }))
    .nullish(),
  query: z.array(z.unknown()).nullish(),
});

/** What an account may do with indices: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-get-user-privileges */
export const Grants = z.object({ indices: z.array(Grant) });
export type Grants = z.infer<typeof Grants>;

/** What of an index an account does not see. */
export interface Restriction {
  readonly documents: boolean;
  readonly fields: boolean;
}

/**
 * What of an index an account cannot read: roles add up, so that one that gives all of it is enough.
 * @param names those of the index and of its data stream
 */
export function restrictionOf({ indices }: Grants, names: readonly string[]): Restriction {
  const reading = indices.filter(
    (grant) =>
      grant.privileges.some((privilege) => privilege === "read" || privilege === "all") &&
      grant.names.some((pattern) => names.some((name) => matches(pattern, name))),
  );
  const isEach = (limits: (grant: z.infer<typeof Grant>) => boolean) => reading.length > 0 && reading.every(limits);
  return {
    documents: isEach(({ query }) => (query ?? []).length > 0),
    fields: isEach(({ field_security: sets }) =>
      (sets ?? []).some(({ grant, except }) => !(grant ?? ["*"]).includes("*") || (except ?? []).length > 0),
    ),
  };
}

/** Roles name indices by wildcards, or by a regular expression between slashes. */
function matches(pattern: string, name: string): boolean {
  const expression = /^\/(.*)\/$/.exec(pattern)?.[1] ?? wildcards(pattern);
  try {
    return new RegExp(`^(?:${expression})$`, "u").test(name);
  } catch {
    return false; // SyntaxError: Lucene's expressions are not quite those of JavaScript
  }
}

function wildcards(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}

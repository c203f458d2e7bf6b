import { type Client, rowsThatCanBeHad } from "./client.ts";

/**
 * What the server makes of each view, asked as the dump tool and as a user of the view ask.
 * @throws {RunFailed} when the connection ends before the last
 */
export async function lookAtViews(
  client: Client,
  views: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly readable: ReadonlySet<string>; readonly usable: ReadonlySet<string> }> {
  const statements = views.map(
    (name, index) =>
      `SELECT 'view', ${index}; SHOW FIELDS FROM ${name}; SELECT 'usable', ${index} UNION ALL (SELECT NULL, NULL FROM ${name} LIMIT 0);\n`,
  );
  const rows = await rowsThatCanBeHad(client, statements.join(""), signal);
  const readable = new Set<string>();
  const usable = new Set<string>();
  let index = -1;
  for (const [first, second, ...fields] of rows) {
    const view = views[index];
    if (fields.length === 0 && first === "view") index = Number(second);
    else if (view !== undefined) (fields.length === 0 ? usable : readable).add(view);
  }
  return { readable, usable };
}

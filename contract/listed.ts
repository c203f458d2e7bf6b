/** How many names a message has room for. */
const mostNames = 5;

/**
 * Names for a message, in their order; of many the first few and how many more there are.
 * @param count of all, where `names` are only the first of them
 */
export function listed(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, mostNames);
  const more = count - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${String(more)} more` : ""}`;
}

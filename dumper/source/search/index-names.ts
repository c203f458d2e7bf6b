/** Servers take request lines of 4 KiB unless told otherwise (`http.max_initial_line_length`); names are put into them. */
const maxPathCharacters = 3000;

/** The names in as few groups as fit into the path of a request, in order. */
export function inGroups(names: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let length = Infinity;
  for (const name of names) {
    length += encodeURIComponent(name).length + 1;
    if (length > maxPathCharacters) {
      groups.push([]);
      length = encodeURIComponent(name).length + 1;
    }
    groups.at(-1)?.push(name);
  }
  return groups;
}

/** `/first,second` */
export function pathOf(names: readonly string[]): string {
  return `/${names.map(encodeURIComponent).join(",")}`;
}

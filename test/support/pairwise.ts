/**
 * Rows in which every two values of different axes meet at least once; the same ones each time. Each row takes, axis by axis,
 * the value that meets most of the values that are already in it for the first time.
 */
export function pairwise<T>(axes: Readonly<Record<string, readonly T[]>>): Record<string, T>[] {
  const names = Object.keys(axes);
  const open = new Set(
    names.flatMap((a, at) =>
      names
        .slice(at + 1)
        .flatMap((b) => valuesOf(axes, a).flatMap((_, i) => valuesOf(axes, b).map((__, j) => pair(a, i, b, j)))),
    ),
  );
  const rows: Record<string, T>[] = [];
  for (let [first] = open; first !== undefined; [first] = open) {
    const [a, i, b, j] = JSON.parse(first) as [string, number, string, number];
    const row: Record<string, number> = { [a]: i, [b]: j };
    const newPairs = (name: string, value: number) =>
      Object.entries(row).filter(([other, at]) => open.has(ordered(names, name, value, other, at)));
    for (const name of names.filter((one) => row[one] === undefined)) {
      const gains = valuesOf(axes, name).map((_, value) => newPairs(name, value).length);
      row[name] = gains.indexOf(Math.max(...gains));
    }
    for (const name of names)
      for (const [other, at] of newPairs(name, row[name] ?? 0))
        open.delete(ordered(names, name, row[name] ?? 0, other, at));
    rows.push(Object.fromEntries(names.map((name) => [name, valuesOf(axes, name)[row[name] ?? 0] as T])));
  }
  return rows;
}

function valuesOf<T>(axes: Readonly<Record<string, readonly T[]>>, name: string): readonly T[] {
  return axes[name] ?? [];
}

function ordered(names: readonly string[], a: string, i: number, b: string, j: number): string {
  return names.indexOf(a) < names.indexOf(b) ? pair(a, i, b, j) : pair(b, j, a, i);
}

function pair(a: string, i: number, b: string, j: number): string {
  return JSON.stringify([a, i, b, j]);
}

/** The values that each setting may have. */
export type Domains = Readonly<Record<string, readonly string[]>>;
/** A value for each setting. */
export type Combination = Readonly<Record<string, string>>;

/**
 * Combinations in which every two values of two settings meet at least once, by adding the value that meets most others anew. Those
 * that come first have the most in them: so many of them as there is time for are the best choice.
 */
export function pairwise(domains: Domains): readonly Combination[] {
  const settings = Object.keys(domains);
  const unmet = new Set(
    settings.flatMap((a, index) => settings.slice(index + 1).flatMap((b) => pairsOf(a, b, domains))),
  );
  const combinations: Combination[] = [];
  while (unmet.size > 0) {
    const combination: Record<string, string> = {};
    for (const setting of rarestFirst(settings, unmet)) {
      const gains = (domains[setting] ?? []).map((value) => ({
        value,
        gain: meetings(setting, value, combination, unmet),
      }));
      combination[setting] = gains.reduce((best, one) => (one.gain > best.gain ? one : best)).value;
    }
    for (const [a, valueOfA] of Object.entries(combination)) {
      for (const [b, valueOfB] of Object.entries(combination)) unmet.delete(pairOf(a, valueOfA, b, valueOfB));
    }
    combinations.push(combination);
  }
  return combinations;
}

function pairsOf(a: string, b: string, domains: Domains): readonly string[] {
  return (domains[a] ?? []).flatMap((one) => (domains[b] ?? []).map((other) => pairOf(a, one, b, other)));
}

function pairOf(a: string, valueOfA: string, b: string, valueOfB: string): string {
  return JSON.stringify([
    [a, valueOfA],
    [b, valueOfB],
  ]);
}

/** Those of which the most is still unmet: they must not be left with what others chose. */
function rarestFirst(settings: readonly string[], unmet: ReadonlySet<string>): readonly string[] {
  const counts = new Map(settings.map((setting) => [setting, 0]));
  for (const pair of unmet) {
    for (const [setting] of JSON.parse(pair) as [string, string][]) counts.set(setting, (counts.get(setting) ?? 0) + 1);
  }
  return settings.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

/** How many unmet pairs a value makes with those chosen; with all that are open while none is chosen. */
function meetings(setting: string, value: string, chosen: Combination, unmet: ReadonlySet<string>): number {
  const others = Object.entries(chosen);
  if (others.length === 0) {
    const own = JSON.stringify([setting, value]);
    return [...unmet].filter((pair) => pair.includes(own)).length;
  }
  return others.filter(
    ([other, its]) => unmet.has(pairOf(setting, value, other, its)) || unmet.has(pairOf(other, its, setting, value)),
  ).length;
}

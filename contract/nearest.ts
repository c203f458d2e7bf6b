/** Characters of a word that are compared: no key or name of Kubernetes' is longer. */
const maxLength = 64;
/** Words that are compared, the first of the alphabet: of a namespace's thousands of Services no one is worth the time. */
const mostWords = 1000;

/**
 * The known word that `text` most likely means, or null when none is near (more than a third of it mistyped). Of several that are as
 * near, the first of the alphabet.
 */
export function nearest(text: string, known: readonly string[]): string | null {
  const meant = text.slice(0, maxLength);
  let best: { readonly word: string; readonly distance: number } | null = null;
  for (const word of known.toSorted().slice(0, mostWords)) {
    const most = Math.max(1, Math.floor(word.length / 3));
    if (word.length > maxLength || Math.abs(word.length - meant.length) > most) continue;
    const distance = editDistance(meant, word);
    if (distance <= most && (best === null || distance < best.distance)) best = { word, distance };
  }
  return best?.word ?? null;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    let diagonal = row[0] ?? 0;
    row[0] = i + 1;
    for (let j = 0; j < b.length; j++) {
      const changed = diagonal + (a.charCodeAt(i) === b.charCodeAt(j) ? 0 : 1);
      diagonal = row[j + 1] ?? 0;
      row[j + 1] = Math.min(diagonal + 1, (row[j] ?? 0) + 1, changed);
    }
  }
  return row[b.length] ?? 0;
}

import { annotationPrefix } from "./labels.ts";

const domain = annotationPrefix.slice(0, -1);
const [firstLabel = "", ...otherLabels] = domain.split(".");

/**
 * Whether an annotation's key is most likely meant as one of ours, and is none: its prefix differs by one letter, by two
 * that changed places, by their case, or by one label of the domain after the first; or it lacks its domain, or its slash.
 * Takes time by the key's length only.
 */
export function isNearlyOurs(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash === -1) return key.length > domain.length && key.slice(0, domain.length).toLowerCase() === domain;
  if (slash > 2 * domain.length || key.startsWith(annotationPrefix)) return false;
  const prefix = key.slice(0, slash).toLowerCase();
  if (isOneSlipOff(Array.from(prefix), Array.from(domain))) return true;
  const [first, ...others] = prefix.split(".");
  return first === firstLabel && (others.length === 0 || isOneSlipOff(others, otherLabels));
}

/** One item more, less or other, or two neighbours that changed places; also none at all. */
function isOneSlipOff(read: readonly string[], meant: readonly string[]): boolean {
  const shorter = Math.min(read.length, meant.length);
  let start = 0;
  while (start < shorter && read[start] === meant[start]) start++;
  let end = 0;
  while (end < shorter - start && read.at(-1 - end) === meant.at(-1 - end)) end++;
  const [left, wanted] = [read.slice(start, read.length - end), meant.slice(start, meant.length - end)];
  if (left.length <= 1 && wanted.length <= 1) return true;
  return left.length === 2 && wanted.length === 2 && left[0] === wanted[1] && left[1] === wanted[0];
}

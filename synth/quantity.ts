import type { Reading } from "../contract/diagnostic.ts";
import { refused } from "../contract/field-reader.ts";

const decimal = ["m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * A quantity in the form in which the API server keeps it: `"1000m"` is `"1"`, `"0.5"` is `"500m"`, `"1024Mi"` is `"1Gi"`. In
 * another form a GitOps tool would see a difference for ever.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(given: string): Reading<string> {
  const [, whole = "", fraction = "", suffix = ""] = /^(\d{1,15})(?:\.(\d{1,9}))?([A-Za-z]*)$/.exec(given) ?? [];
  const [suffixes, base] = binary.indexOf(suffix) > 0 ? ([binary, 1024n] as const) : ([decimal, 1000n] as const);
  const divisor = 10n ** BigInt(fraction.length);
  let value = BigInt(whole + fraction);
  let step = suffixes.indexOf(suffix);
  for (; value % divisor !== 0n && step > 0; step--) value *= base;
  if (whole === "" || step < 0 || value % divisor !== 0n) {
    return refused(given, 'a quantity such as "100m" or "256Mi"');
  }
  value /= divisor;
  for (; value !== 0n && value % base === 0n && step < suffixes.length - 1; step++) value /= base;
  return { value: value === 0n ? "0" : `${String(value)}${suffixes[step] ?? ""}` };
}

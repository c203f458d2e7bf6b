/**
 * The fields that hold something. An empty list or map in a manifest is an opinion that nobody has, and one that the API
 * server drops, after which a GitOps tool sees a difference for ever.
 */
export function withoutEmpty<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => Object.keys(value as object).length > 0),
  ) as Partial<T>;
}

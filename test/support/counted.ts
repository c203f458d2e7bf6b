/** An input that counts how often any part of it is looked at. */
export interface Counted<T> {
  readonly value: T;
  /** So far. */
  readonly looks: () => number;
  /** How many parts there are. */
  readonly parts: number;
}

/**
 * Wraps a tree of plain objects and lists, so that the work of whoever reads it is a number: it is the same on every
 * machine, which a time is not. What is done with the texts themselves is not seen.
 */
export function counted<T extends object>(tree: T): Counted<T> {
  let looks = 0;
  const proxies = new WeakMap<object, object>();
  const wrap = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = proxies.get(value);
    if (known !== undefined) return known;
    const proxy = new Proxy(value, {
      get(target, key, receiver) {
        looks++;
        return wrap(Reflect.get(target, key, receiver));
      },
    });
    proxies.set(value, proxy);
    return proxy;
  };
  return { value: wrap(tree) as T, looks: () => looks, parts: partsOf(tree) };
}

function partsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, below) => sum + partsOf(below), 1);
}

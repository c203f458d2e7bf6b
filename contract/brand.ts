/** A string that only its parser makes, so that it cannot be mixed up with another: `Brand<string, "ObjectKey">`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
declare const brand: unique symbol;

/**
 * Closes an exhaustive switch: a new member of the union no longer type-checks where it is not yet handled.
 * @throws {Error} when reached all the same, which means that a boundary let an unparsed value through.
 */
export function unreachable(value: never): never {
  throw new Error(`unhandled case ${JSON.stringify(value)}`);
}

/** So many requests are under way at a time. */
const atOnce = 16;

/** Does it with all of them, some at a time. @throws what the first throws */
export async function someAtOnce<T>(things: readonly T[], act: (thing: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < things.length; index += atOnce) {
    await Promise.all(things.slice(index, index + atOnce).map(act));
  }
}

/** Reads to the end, which is all that counts. */
export async function drain(source: AsyncIterable<Buffer>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

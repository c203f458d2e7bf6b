/**
 * All bytes of a source that is not to be trusted with our memory.
 * @returns null when there are more than so many; no more is read then
 */
export async function atMostBytes(limitBytes: number, source: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

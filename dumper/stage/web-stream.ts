/** Bytes as a web stream, which pulls them one chunk at a time. */
export function webStreamOf(source: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  return ReadableStream.from(source);
}

/** A web stream's bytes, without a copy. */
export async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

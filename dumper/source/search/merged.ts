/**
 * What several sources give, each value as soon as it is there. So many sources are read at a time, each one value ahead.
 * All that were begun are ended when this ends, however it does.
 * @throws what any of them throws
 */
export async function* merged<T>(
  sources: AsyncIterable<AsyncIterable<T>> | Iterable<AsyncIterable<T>>,
  atOnce: number,
): AsyncGenerator<T> {
  const waiting = Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]();
  const running = new Map<AsyncIterator<T>, Promise<readonly [AsyncIterator<T>, IteratorResult<T>]>>();
  const advance = (iterator: AsyncIterator<T>) => {
    const next = iterator.next().then((result) => [iterator, result] as const);
    next.catch(() => null); // raced below, or given up with the rest
    running.set(iterator, next);
  };
  const begin = async () => {
    const source = await waiting.next();
    if (source.done !== true) advance(source.value[Symbol.asyncIterator]());
  };
  try {
    for (let count = 0; count < atOnce; count++) await begin();
    while (running.size > 0) {
      const [iterator, result] = await Promise.race(running.values());
      if (result.done === true) {
        running.delete(iterator);
        await begin();
      } else {
        advance(iterator);
        yield result.value;
      }
    }
  } finally {
    // A source that is under way ends by its own signal, or by itself.
    await Promise.allSettled([...running.keys()].map(async (iterator) => iterator.return?.()));
  }
}

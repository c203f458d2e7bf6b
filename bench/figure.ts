/** One measured number. Those without a bar are for comparison, and are always well. */
export interface Figure {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is held against, as text: `<= 150`. */
  readonly bar: string | null;
  readonly ok: boolean;
}

/** The figures of a benchmark, each as soon as it is known. */
export type Figures = AsyncGenerator<Figure, void>;

export function figure(metric: string, value: number, unit: string): Figure {
  return { metric, value: rounded(value), unit, bar: null, ok: true };
}

export function atMost(bar: number, metric: string, value: number, unit: string): Figure {
  return { metric, value: rounded(value), unit, bar: `<= ${bar}`, ok: value <= bar };
}

export function atLeast(bar: number, metric: string, value: number, unit: string): Figure {
  return { metric, value: rounded(value), unit, bar: `>= ${bar}`, ok: value >= bar };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

const nanoseconds: Readonly<Record<string, number>> = {
  ...{ ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9 },
  ...{ m: 60e9, h: 3600e9 },
};
/** 2^63 - 1 nanoseconds, of which Go's durations are made. */
const longest = 2 ** 63;

/**
 * A duration as Go writes it (`1h30m`, https://pkg.go.dev/time#ParseDuration), in whole seconds as robfig/cron takes it:
 * cut, and at least one. Null when it is none.
 */
export function parseGoDuration(text: string): number | null {
  const [, sign = "", amount = ""] = /^([-+]?)(.*)$/su.exec(text) ?? [];
  if (amount === "0") return 1;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u.test(amount)) return null;
  const parts = [...amount.matchAll(/([\d.]+)([a-zµμ]+)/gu)];
  const total = parts.reduce((sum, [, number = "", unit = ""]) => sum + Number(number) * (nanoseconds[unit] ?? NaN), 0);
  if (!(total < longest)) return null;
  return sign === "-" ? 1 : Math.max(1, Math.floor(total / 1e9));
}

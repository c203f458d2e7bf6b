// Curve25519 in its two forms: Ed25519 signs on one, X25519 agrees on keys on the other.
// https://datatracker.ietf.org/doc/html/rfc7748#section-4.1

const prime = 2n ** 255n - 19n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * The point of an Ed25519 public key (32 bytes) as X25519 has it, (1 + y) / (1 - y). Null when it is not on the curve.
 */
export function montgomeryOf(point: Buffer): Buffer | null {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString("hex")}`) & (2n ** 255n - 1n);
  // x² = (y² - 1) / (d y² + 1) must have a root; whether a / b has one is what a b tells.
  const square = modulo((y * y - 1n) * (d * y * y + 1n));
  if (power(square, (prime - 1n) / 2n) > 1n) return null;
  const u = modulo((1n + y) * power(modulo(1n - y), prime - 2n));
  return Buffer.from(u.toString(16).padStart(64, "0"), "hex").reverse();
}

function modulo(value: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, bits = exponent; bits > 0n; bits >>= 1n, square = modulo(square * square)) {
    if ((bits & 1n) === 1n) result = modulo(result * square);
  }
  return result;
}

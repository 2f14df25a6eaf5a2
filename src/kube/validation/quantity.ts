/**
 * resource.Quantity as an exact number of thousandths, so that `1Gi` and `1024Mi` compare equal.
 * Finer parts are rounded up (core/v1 SetDefaults_ResourceList). Null for what is no quantity.
 */
export function quantityOf(value: unknown): bigint | null {
  const text = typeof value === 'number' ? plain(value) : value;
  if (typeof text !== 'string') return null;
  const match = /^([+-]?)(\d*)\.?(\d*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  if (!match || whole + fraction === '') return null;
  const [factor, exponent] = scaleOf(suffix);
  const digits = BigInt(whole + fraction) * factor;
  const power = exponent + 3 - fraction.length;
  // beyond 2^63 the API caps a quantity; no power above that changes a comparison
  const thousandths =
    power >= 0
      ? digits * 10n ** BigInt(Math.min(power, 60))
      : roundUp(digits, 10n ** BigInt(-power));
  return sign === '-' ? -thousandths : thousandths;
}

/** A number as YAML gives it, without an exponent: `1e+21` and `1e-7` are none of the API's own. */
function plain(value: number): string {
  return String(value).replace('e+', 'e');
}

function roundUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

function scaleOf(suffix: string): [factor: bigint, exponent: number] {
  if (/^[eE][+-]?\d/.test(suffix))
    return [1n, Math.max(-60, Math.min(60, Number(suffix.slice(1))))];
  if (suffix.endsWith('i')) return [1024n ** BigInt('KMGTPE'.indexOf(suffix.slice(0, 1)) + 1), 0];
  const exponents: Readonly<Record<string, number>> = {
    n: -9,
    u: -6,
    m: -3,
    '': 0,
    k: 3,
    M: 6,
    G: 9,
    T: 12,
    P: 15,
    E: 18,
  };
  return [1n, exponents[suffix] ?? 0];
}

/** One unit, in thousandths. */
export const oneUnit = 1000n;

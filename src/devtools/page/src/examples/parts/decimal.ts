/**
 * Parses a decimal exactly into a whole number of its smallest unit: `"4.5"` with two digits is 450.
 *
 * @param text - Typed text, with a point or a comma.
 * @param digits - Number of decimal places.
 * @returns `undefined` if the text is not such a number, or the number is too large to be exact.
 */
export function parseDecimal(text: string, digits: number): number | undefined {
  const match = /^(\d+)(?:[.,](\d*))?$/.exec(text.trim());
  const fraction = match?.[2] ?? '';
  if (match?.[1] === undefined || fraction.length > digits) return undefined;
  const whole = Number(match[1] + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** Formats a whole number of the smallest unit as a decimal: 450 with two digits is `"4.50"`. */
export function formatDecimal(whole: number, digits: number): `${number}` {
  const text = String(whole).padStart(digits + 1, '0');
  const point = text.length - digits;
  return (digits === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`) as `${number}`;
}

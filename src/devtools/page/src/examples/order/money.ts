import { formatDecimal, parseDecimal } from '../parts/decimal';

/** Returns a currency's number of decimal places: 2 for EUR, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Formats an amount that is given in the currency's smallest unit. */
export function formatMoney(cents: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  // As text, because dividing a large amount is not exact.
  return format.format(formatDecimal(cents, currencyDigits(currency)));
}

/** Parses a typed amount into the currency's smallest unit. */
export function parseMoney(text: string, currency: string): number | undefined {
  return parseDecimal(text, currencyDigits(currency));
}

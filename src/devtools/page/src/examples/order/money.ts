import { formatDecimal, parseDecimal } from '../parts/decimal';

/** How many digits a currency has after the point: 2 for EUR, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Shows an amount given in the currency's smallest unit. */
export function formatMoney(cents: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  // As text, since the quotient of a large amount is no exact number.
  return format.format(formatDecimal(cents, currencyDigits(currency)));
}

/** Reads an amount as a person types it, to the currency's smallest unit. */
export function parseMoney(text: string, currency: string): number | undefined {
  return parseDecimal(text, currencyDigits(currency));
}

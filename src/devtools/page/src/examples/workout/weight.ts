import { formatDecimal, parseDecimal } from '../parts/decimal';

const GRAM_DIGITS = 3;

/** Parses typed kilograms into grams. */
export const parseKilograms = (text: string): number | undefined => parseDecimal(text, GRAM_DIGITS);

/** Formats grams as kilograms without trailing zeros: 62500 is `"62.5"`. */
export const formatKilograms = (grams: number): string =>
  formatDecimal(grams, GRAM_DIGITS).replace(/\.?0+$/, '');

import { formatDecimal, parseDecimal } from '../parts/decimal';

const GRAM_DIGITS = 3;

/** Reads kilograms as a person types them, to grams. */
export const parseKilograms = (text: string): number | undefined => parseDecimal(text, GRAM_DIGITS);

/** Writes grams as kilograms, without needless zeros: 62500 is `"62.5"`. */
export const formatKilograms = (grams: number): string =>
  formatDecimal(grams, GRAM_DIGITS).replace(/\.?0+$/, '');

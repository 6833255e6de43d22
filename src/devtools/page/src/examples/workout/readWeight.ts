import { formatKilograms, parseKilograms } from './weight';
import { MAX_WEIGHT_GRAMS } from './limits';

/** Parses a weight in kilograms; returns an error message if it is invalid. */
export function readWeight(text: string): { grams: number } | { refusal: string } {
  const grams = parseKilograms(text);
  if (grams !== undefined && grams <= MAX_WEIGHT_GRAMS) return { grams };
  const most = formatKilograms(MAX_WEIGHT_GRAMS);
  return { refusal: `Weight: expected 0 to ${most} kg, received “${text}”.` };
}

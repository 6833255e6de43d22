import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, parseDecimal } from '../../src/examples/parts/decimal';
import { currencyDigits, formatMoney, parseMoney } from '../../src/examples/order/money';
import { formatKilograms, parseKilograms } from '../../src/examples/workout/weight';

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const digits = fc.integer({ min: 0, max: 4 });

describe('decimals', () => {
  it('are parsed exactly', () => {
    fc.assert(
      fc.property(whole, digits, (number, places) => {
        expect(parseDecimal(formatDecimal(number, places), places)).toBe(number);
      }),
    );
  });

  it.each([
    ['4.5', 450],
    ['4,50', 450],
    [' 4 ', 400],
    ['4.', 400],
    ['0.07', 7],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('%j is %i hundredths', (text, hundredths) => {
    expect(parseDecimal(text, 2)).toBe(hundredths);
  });

  it.each(['', '.', '.5', '-1', '1e3', '4.505', '1 000', '1,000.00', 'NaN', '90071992547409.92'])(
    '%j is refused',
    (text) => {
      expect(parseDecimal(text, 2)).toBeUndefined();
    },
  );
});

describe('money', () => {
  it.each([
    ['EUR', 2],
    ['JPY', 0],
    ['KWD', 3],
  ])('%s has %i digits', (currency, places) => {
    expect(currencyDigits(currency)).toBe(places);
  });

  it('is formatted exactly, however large', () => {
    fc.assert(
      fc.property(whole, fc.constantFrom('EUR', 'JPY', 'KWD'), (cents, currency) => {
        const shown = formatMoney(cents, currency).replace(/[^\d]/g, '');
        expect(BigInt(shown)).toBe(BigInt(cents));
      }),
    );
  });

  it('is parsed with the decimal places of its currency', () => {
    expect(parseMoney('450', 'JPY')).toBe(450);
    expect(parseMoney('4.5', 'JPY')).toBeUndefined();
    expect(parseMoney('4.5', 'KWD')).toBe(4500);
  });
});

describe('weights', () => {
  it('survive a round trip through text', () => {
    fc.assert(
      fc.property(whole, (grams) => {
        expect(parseKilograms(formatKilograms(grams))).toBe(grams);
      }),
    );
  });

  it.each([
    [60_000, '60'],
    [62_500, '62.5'],
    [100, '0.1'],
    [0, '0'],
  ])('%i grams are %s kg', (grams, kilograms) => {
    expect(formatKilograms(grams)).toBe(kilograms);
  });
});

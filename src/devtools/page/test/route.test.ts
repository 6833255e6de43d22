import { describe, expect, it } from 'vitest';
import { formatRoute, newStream, parseRoute } from '../src/route';

describe('routes', () => {
  it.each(['sales-orders', 'workouts'] as const)('a new one of %s is read as written', (app) => {
    const stream = newStream(app);
    expect(parseRoute(formatRoute(stream))).toStrictEqual(stream);
  });

  it.each([
    '',
    '#',
    '#/',
    '#/sales-orders',
    '#/sales-orders/',
    '#/sales-orders/a/b',
    '#/sales-orders/a b',
    '#/sales-orders/.',
    '#/sales-orders/..',
    `#/sales-orders/${'a'.repeat(129)}`,
    '#/contacts/c-1',
    '#/toString/a',
  ])('%j is none', (hash) => {
    expect(parseRoute(hash)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { ASK, formatRoute, parseRoute } from '../src/route';
import { newStream } from '../src/session/stream';

const STORES = ['baskets', 'toys'];

describe('routes', () => {
  it.each([false, true])('a new route survives a round trip through text, plain: %j', (plain) => {
    const stream = newStream('toys');
    const hash = formatRoute(stream, { plain });
    expect(parseRoute(hash, STORES)).toStrictEqual({ ...stream, plain });
  });

  it('a new stream has the prefix of its store', () => {
    expect(newStream('toys', 'toy').id).toMatch(/^toy-[0-9a-f]{8}$/);
  });

  it.each([
    '',
    '#',
    '#/',
    '#/baskets',
    '#/baskets/',
    '#/baskets/a/b',
    '#/baskets/a/actions/b',
    '#/baskets/a b',
    '#/baskets/.',
    '#/baskets/..',
    `#/baskets/${'a'.repeat(129)}`,
    '#/contacts/c-1',
    '#/toString/a',
    ASK,
  ])('%j is not a route', (hash) => {
    expect(parseRoute(hash, STORES)).toBeUndefined();
  });
});

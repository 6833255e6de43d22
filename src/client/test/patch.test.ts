import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../src/patch.js';

interface Operation {
  op: 'add' | 'remove' | 'replace';
  path: string;
  value?: unknown;
}

/** Applies an operation in the simplest way: on a copy of the whole document, in place. */
function naive(document: unknown, { op, path, value }: Operation): unknown {
  const holder = structuredClone({ '': document });
  const names = path.split('/').map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'));
  const last = names.pop() ?? '';
  const target = names.reduce<unknown>((node, name) => own(node)[name], holder) as object;
  if (Array.isArray(target) && op !== 'replace') {
    const index = last === '-' ? target.length : Number(last);
    if (op === 'add') target.splice(index, 0, value);
    else target.splice(index, 1);
  } else if (op === 'remove') {
    Reflect.deleteProperty(target, last);
  } else {
    Object.defineProperty(target, last, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return holder[''];
}

const own = (node: unknown): Record<string, unknown> => node as Record<string, unknown>;
const isContainer = (node: unknown): node is object => typeof node === 'object' && node !== null;

/** Returns the paths of all values in a document, the document's first. */
function paths(node: unknown, path = ''): string[] {
  const below = isContainer(node) ? Object.entries(node) : [];
  const escape = (name: string): string => name.replace(/~/g, '~0').replace(/\//g, '~1');
  return [path, ...below.flatMap(([name, value]) => paths(value, `${path}/${escape(name)}`))];
}

function valueAt(document: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce<unknown>((node, name) => own(node)[name], document);
}

const deepFreeze = <T>(node: T): T => {
  if (isContainer(node)) for (const value of Object.values(node)) deepFreeze(value);
  return Object.freeze(node);
};

/** A name that JSON takes for any other, and names that must be escaped. */
const name = fc.oneof(fc.constantFrom('__proto__', 'a/b', 'a~b', '~1', '', '-', '0'), fc.string());
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.constantFrom(null, true, 'text'),
    fc.array(tie('document'), { maxLength: 5 }),
    fc
      .array(fc.tuple(name, tie('document')), { maxLength: 5 })
      .map((members) => Object.fromEntries(members) as object),
  ),
}));

/** Chooses an operation that applies to a document. */
function choose(node: unknown, pick: number, value: unknown): Operation {
  const all = paths(node);
  const path = all[pick % all.length] ?? '';
  const target = valueAt(node, path);
  const op = (['add', 'replace', 'remove'] as const)[pick % 3] ?? 'add';
  if (op === 'add' && isContainer(target)) {
    const end = Array.isArray(target)
      ? (['-', String(target.length), '0'][pick % 3] ?? '-')
      : `new~0${pick}`;
    return { op, path: `${path}/${end}`, value };
  }
  return path === '' || op !== 'remove' ? { op: 'replace', path, value } : { op, path };
}

describe('a patch', () => {
  it('has the same result as changes in place, leaves the document and what it does not name', () => {
    fc.assert(
      fc.property(
        document,
        fc.array(fc.tuple(fc.nat(), document), { maxLength: 8 }),
        (start, picks) => {
          deepFreeze(start);
          let expected = start;
          const patch = picks.map(([pick, value]) => {
            const operation = choose(expected, pick, deepFreeze(value));
            expected = naive(expected, operation);
            return operation;
          });
          const changed = applyPatch(start, patch);
          expect(changed).toStrictEqual(expected);
          expect(JSON.stringify(changed)).toBe(JSON.stringify(expected));
          const touched = (path: string): boolean =>
            patch.some((each) => `${each.path}/`.startsWith(`${path}/`) || !each.path);
          const hasMoved = patch.some(({ op, path }) => op !== 'replace' && /\d+$|-$/.test(path));
          if (hasMoved || patch.some(({ path }) => path === '')) return;
          for (const path of paths(start)) {
            const isBelow = patch.some((each) => `${path}/`.startsWith(`${each.path}/`));
            if (!touched(path) && !isBelow) {
              expect(valueAt(changed, path)).toBe(valueAt(start, path));
            }
          }
        },
      ),
    );
  });

  it('copies only the objects and arrays on its paths', () => {
    const before = {
      cards: { ids: ['a', 'b'], entities: { a: { n: 1 }, b: { n: 2 } } },
      other: [1],
    };
    const after = applyPatch(before, [
      { op: 'replace', path: '/cards/entities/b', value: { n: 3 } },
    ]) as typeof before;
    expect(after).toEqual({
      ...before,
      cards: { ...before.cards, entities: { a: { n: 1 }, b: { n: 3 } } },
    });
    expect(after.other).toBe(before.other);
    expect(after.cards.ids).toBe(before.cards.ids);
    expect(after.cards.entities.a).toBe(before.cards.entities.a);
  });

  it('may replace the whole document', () => {
    expect(applyPatch([1], [{ op: 'replace', path: '', value: null }])).toBeNull();
    expect(applyPatch(undefined, [{ op: 'add', path: '', value: [] }])).toEqual([]);
  });

  it('treats __proto__ as a name like any other', () => {
    const changed = applyPatch({ a: 1 }, [
      { op: 'add', path: '/__proto__', value: { polluted: 1 } },
      { op: 'add', path: '/__proto__/more', value: 2 },
    ]) as object;
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
    expect(JSON.stringify(changed)).toBe('{"a":1,"__proto__":{"polluted":1,"more":2}}');
    expect({}).not.toHaveProperty('polluted');
    for (const path of ['/__proto__/x', '/constructor/prototype/x', '/a/__proto__/x']) {
      expect(() => applyPatch({ a: {} }, [{ op: 'add', path, value: 1 }])).toThrow(TypeError);
    }
  });

  it.each([
    ['no array', {}],
    ['no operation', [null]],
    ['an unknown operation', [{ op: 'move', from: '/a', path: '/b' }]],
    ['a test', [{ op: 'test', path: '/a', value: 1 }]],
    ['no path', [{ op: 'remove' }]],
    ['a path without a slash', [{ op: 'remove', path: 'a' }]],
    ['an unknown escape', [{ op: 'add', path: '/~2', value: 1 }]],
    ['no value', [{ op: 'add', path: '/b' }]],
    ['a member that is missing', [{ op: 'remove', path: '/b' }]],
    ['a replacement of nothing', [{ op: 'replace', path: '/b', value: 1 }]],
    ['a parent that is missing', [{ op: 'add', path: '/b/c', value: 1 }]],
    ['a parent that is a value', [{ op: 'add', path: '/a/c', value: 1 }]],
    ['the removal of the document', [{ op: 'remove', path: '' }]],
    ['an index beyond the end', [{ op: 'add', path: '/list/2', value: 1 }]],
    ['an index with a zero before it', [{ op: 'replace', path: '/list/00', value: 1 }]],
    ['an index that is negative', [{ op: 'remove', path: '/list/-1' }]],
    ['the length of an array', [{ op: 'replace', path: '/list/length', value: 0 }]],
    ['the end of an array, where nothing is', [{ op: 'remove', path: '/list/-' }]],
    ['the end of an array as a parent', [{ op: 'add', path: '/list/-/a', value: 0 }]],
    ['an inherited member', [{ op: 'remove', path: '/toString' }]],
  ])('with %s is refused', (_, patch) => {
    const before = deepFreeze({ a: 1, list: ['x'] });
    expect(() => applyPatch(before, patch)).toThrow(TypeError);
  });
});

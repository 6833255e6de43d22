import { readFileSync } from 'node:fs';
import { Rejected } from '@roundtrip/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Reducer, UnknownAction } from '@reduxjs/toolkit';
import { isDeleted, salesOrders } from '../../src/examples/order/salesOrders';
import type { SalesOrdersAction, WorkoutsAction } from '../../src/examples/types';
import { plan } from '../../src/examples/workout/plan';
import { rootReducer } from '../../src/examples/workout/root';
import { sets } from '../../src/examples/workout/sets';

interface Case {
  readonly name: string;
  readonly state: object;
  readonly action: UnknownAction;
  readonly next?: object;
  readonly rejected?: { readonly code: string };
}

const STORES = {
  salesOrders: salesOrders.reducer as Reducer<object>,
  workouts: rootReducer as Reducer<object>,
};

const CREATORS = {
  salesOrders: Object.values(salesOrders.actions),
  workouts: [...Object.values(plan.actions), ...Object.values(sets.actions)],
};

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Rejected) return error.code;
    throw error;
  }
  throw new Error('expected a rejection, the reducer applied the action');
}

describe.each(['salesOrders', 'workouts'] as const)('%s', (store) => {
  const file = new URL(`../../../../../tests/examples/reducers/${store}.json`, import.meta.url);
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];
  const reducer = STORES[store];

  it.each(cases)('agrees with the server: $name', ({ state, action, next, rejected }) => {
    // Frozen, so that a reducer that mutates its arguments throws.
    const reduce = () => reducer(frozen(state), frozen(action));
    if (rejected === undefined) expect(reduce()).toStrictEqual(next);
    else expect(codeOf(reduce)).toBe(rejected.code);
  });

  it('handles exactly the actions of the fixtures', () => {
    const known = CREATORS[store].map(({ type }) => type as string);
    expect(new Set(cases.map(({ action }) => action.type))).toStrictEqual(new Set(known));
  });

  it('keeps the state for an unknown action', () => {
    for (const { state } of cases) expect(reducer(state, { type: 'other/thing' })).toBe(state);
  });
});

describe('a deleted order', () => {
  const deleted = { $deleted: true as const };

  it('is recognized', () => {
    expect(isDeleted(deleted)).toBe(true);
  });

  // The server calls no reducer for a deleted stream, so there is no fixture.
  it.each([
    salesOrders.actions.created({ customer: 'Ada', currency: 'EUR' }),
    salesOrders.actions.lineAdded({ sku: 'tea', quantity: 1, unitPriceCents: 450 }),
    salesOrders.actions.deleted(),
  ])('refuses $type', (action) => {
    expect(codeOf(() => salesOrders.reducer(deleted, action))).toBe('deleted');
  });
});

describe('the types generated from the server’s models', () => {
  it('match the action creators one to one', () => {
    type Made<T extends Record<string, (...args: never[]) => { type: string }>> = ReturnType<
      T[keyof T]
    >['type'];
    expectTypeOf<Made<typeof salesOrders.actions>>().toEqualTypeOf<SalesOrdersAction['type']>();
    expectTypeOf<Made<typeof plan.actions> | Made<typeof sets.actions>>().toEqualTypeOf<
      WorkoutsAction['type']
    >();
  });
});

import {
  combineReducers,
  createSlice,
  type PayloadAction,
  type UnknownAction,
} from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';
import type { StreamEvent } from '../src/network/reads';

interface Basket {
  readonly owner?: string;
  readonly items: readonly string[];
  readonly closed: boolean;
}

/** A store for the tests. */
export const basket = createSlice({
  name: 'basket',
  initialState: (): Basket => ({ items: [], closed: false }),
  reducers: {
    opened: (state, { payload }: PayloadAction<{ owner: string }>) => ({ ...state, ...payload }),
    filled(state, { payload }: PayloadAction<{ item: string }>) {
      return { ...state, items: [...state.items, payload.item] };
    },
    closed(state) {
      if (state.owner === undefined) throw new Rejected('not-opened', 'The basket is nobody’s.');
      if (state.closed) throw new Rejected('closed', 'The basket is closed already.');
      return { ...state, closed: true };
    },
  },
});

const { opened, filled, closed } = basket.actions;

export const ROOT = combineReducers({ basket: basket.reducer });

export const ACTIONS: readonly UnknownAction[] = [
  opened({ owner: 'Grüße & "Söhne"' }),
  { ...filled({ item: 'tea' }), meta: { by: 'Ada' } },
  filled({ item: 'cup' }),
  { type: 'basket/closed' },
];

/** The server's state after these actions. */
export const STATE = { owner: 'Grüße & "Söhne"', items: ['tea', 'cup'], closed: true };

/** The server's events of a basket with these actions. */
export const EVENTS: readonly StreamEvent[] = ACTIONS.map((action, index) => ({
  ...(JSON.parse(JSON.stringify(action)) as StreamEvent),
  version: index + 1,
  recordedAt: `2026-01-0${index + 1}T10:00:00.000Z`,
  actor: null,
}));

export const REFUSED: StreamEvent = {
  type: closed.type,
  version: 5,
  recordedAt: '2026-01-05T10:00:00.000Z',
  actor: null,
};

import { combineReducers, type UnknownAction } from '@reduxjs/toolkit';
import type { StreamEvent } from '../src/network/reads';
import { salesOrders } from '../src/stores/salesOrders';

const { created, lineAdded, lineQuantityChanged, confirmed } = salesOrders.actions;

export const ROOT = combineReducers({ salesOrders: salesOrders.reducer });

export const ACTIONS: readonly UnknownAction[] = [
  created({ customer: 'Grüße & "Söhne"', currency: 'EUR', lines: [] }),
  { ...lineAdded({ sku: 'tea', quantity: 2, unitPriceCents: 450 }), meta: { by: 'Ada' } },
  lineQuantityChanged({ sku: 'tea', quantity: 3 }),
  { type: 'salesOrders/confirmed' },
];

/** The state that the server answers after these actions. */
export const STATE = {
  status: 'confirmed',
  customer: 'Grüße & "Söhne"',
  currency: 'EUR',
  lines: [{ sku: 'tea', quantity: 3, unitPriceCents: 450, totalCents: 1350 }],
  totalCents: 1350,
};

/** Events as the server shows them, of an order that these actions made. */
export const EVENTS: readonly StreamEvent[] = ACTIONS.map((action, index) => ({
  ...(JSON.parse(JSON.stringify(action)) as StreamEvent),
  version: index + 1,
  recordedAt: `2026-01-0${index + 1}T10:00:00.000Z`,
  actor: null,
}));

export const REFUSED: StreamEvent = {
  type: confirmed.type,
  version: 5,
  recordedAt: '2026-01-05T10:00:00.000Z',
  actor: null,
};

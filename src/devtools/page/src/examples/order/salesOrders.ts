import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';

import type {
  Deleted,
  Header,
  Line,
  LineName,
  LineQuantity,
  Order,
  SalesOrder,
  SalesOrderChanges,
  SalesOrdersState,
} from '../types';

const MAX_LINES = 500;
const MAX_TOTAL_CENTS = Number.MAX_SAFE_INTEGER;

export const isOrder = (state: SalesOrdersState): state is Order => state.status !== undefined;
export const isDeleted = (state: SalesOrdersState): state is Deleted => state.$deleted === true;

/** Makes the same states as the server's slice; fixtures that both run prove it. */
export const salesOrders = createSlice({
  name: 'salesOrders',
  initialState: (): SalesOrdersState => ({}),
  reducers: {
    created(state, { payload }: PayloadAction<SalesOrder>) {
      if (isDeleted(state)) throw ended();
      if (isOrder(state)) {
        throw new Rejected('already-exists', 'The order already exists.');
      }
      return withTotals({ status: 'draft', ...payload, lines: payload.lines ?? [] });
    },
    updated(state, { payload }: PayloadAction<SalesOrderChanges>) {
      const order = draft(state);
      // In a change, null stands for the default.
      const lines = payload.lines === null ? [] : (payload.lines ?? order.lines);
      return withTotals({ ...order, ...payload, lines });
    },
    headerChanged(state, { payload }: PayloadAction<Header>) {
      return { ...draft(state), ...payload };
    },
    lineAdded(state, { payload }: PayloadAction<Line>) {
      const order = draft(state);
      if (order.lines.some((line) => line.sku === payload.sku)) {
        throw new Rejected(
          'line-exists',
          'The order has a line with this sku; change its quantity.',
        );
      }
      if (order.lines.length >= MAX_LINES) {
        throw new Rejected('too-many-lines', `An order can have at most ${MAX_LINES} lines.`);
      }
      return withTotals({ ...order, lines: [...order.lines, payload] });
    },
    lineQuantityChanged(state, { payload }: PayloadAction<LineQuantity>) {
      const order = draftWithLine(state, payload.sku);
      return withTotals({
        ...order,
        lines: order.lines.map((line) =>
          line.sku === payload.sku ? { ...line, ...payload } : line,
        ),
      });
    },
    lineRemoved(state, { payload }: PayloadAction<LineName>) {
      const order = draftWithLine(state, payload.sku);
      return withTotals({
        ...order,
        lines: order.lines.filter((line) => line.sku !== payload.sku),
      });
    },
    confirmed(state) {
      const order = draft(state);
      if (order.lines.length === 0) {
        throw new Rejected('order-empty', 'An order without lines cannot be confirmed.');
      }
      return { ...order, status: 'confirmed' as const };
    },
    mailed(state) {
      const order = existing(state);
      if (order.status === 'draft') {
        throw new Rejected('not-confirmed', 'The order is a draft; confirm it first.');
      }
      if (order.mailed) {
        throw new Rejected('already-mailed', 'The customer was told already.');
      }
      return { ...order, mailed: true as const };
    },
    cancelled(state) {
      const order = existing(state);
      if (order.status === 'cancelled') {
        throw new Rejected('already-cancelled', 'The order is already cancelled.');
      }
      return { ...order, status: 'cancelled' as const };
    },
    deleted(state) {
      if (existing(state).status === 'confirmed') {
        throw new Rejected(
          'order-confirmed',
          'A confirmed order must be cancelled before deletion.',
        );
      }
      return { $deleted: true as const };
    },
  },
});

function withTotals(order: Omit<Order, 'lines' | 'totalCents'> & { lines: Line[] }): Order {
  const lines = order.lines.map((line) => ({
    ...line,
    totalCents: line.quantity * line.unitPriceCents,
  }));
  const totalCents = lines.reduce((sum, line) => sum + line.totalCents, 0);
  if (totalCents > MAX_TOTAL_CENTS) {
    throw new Rejected('total-too-large', `The total would exceed ${MAX_TOTAL_CENTS} cents.`);
  }
  return { ...order, lines, totalCents };
}

function existing(state: SalesOrdersState): Order {
  if (isDeleted(state)) throw ended();
  if (!isOrder(state)) {
    throw new Rejected('not-created', 'The order does not exist yet; create it first.');
  }
  return state;
}

function draft(state: SalesOrdersState): Order {
  const order = existing(state);
  if (order.status !== 'draft') {
    throw new Rejected('not-a-draft', `The order is ${order.status}; only a draft can be changed.`);
  }
  return order;
}

function draftWithLine(state: SalesOrdersState, sku: string): Order {
  const order = draft(state);
  if (order.lines.every((line) => line.sku !== sku)) {
    throw new Rejected('line-missing', 'The order has no line with this sku.');
  }
  return order;
}

function ended(): Rejected {
  return new Rejected('deleted', 'The order is deleted.');
}

import type { StoreUi } from '../../storeUi';
import './order.css';
import { OrderApp } from './OrderApp';
import { rootReducer } from './root';

export default {
  store: 'salesOrders',
  title: 'Sales order',
  noun: 'order',
  idPrefix: 'so',
  slices: 'salesOrders',
  reducer: rootReducer,
  View: OrderApp,
} satisfies StoreUi;

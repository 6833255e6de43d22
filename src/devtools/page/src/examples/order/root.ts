import { combineReducers } from '@reduxjs/toolkit';
import { salesOrders } from './salesOrders';

export const rootReducer = combineReducers({ salesOrders: salesOrders.reducer });

export type OrderRoot = ReturnType<typeof rootReducer>;

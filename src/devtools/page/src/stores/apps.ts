import { combineReducers } from '@reduxjs/toolkit';
import { plan } from './plan';
import { salesOrders } from './salesOrders';
import { sets } from './sets';

/** A store of the server and the reducers that the browser has for it. */
export const APPS = {
  'sales-orders': {
    title: 'Sales order',
    idPrefix: 'so',
    store: 'salesOrders',
    slices: 'salesOrders',
    reducer: combineReducers({ salesOrders: salesOrders.reducer }),
  },
  workouts: {
    title: 'Workout',
    idPrefix: 'wo',
    store: 'workouts',
    slices: ['plan', 'sets'],
    reducer: combineReducers({ plan: plan.reducer, sets: sets.reducer }),
  },
} as const;

export type AppName = keyof typeof APPS;
export type App = (typeof APPS)[AppName];
export type OrderRoot = ReturnType<(typeof APPS)['sales-orders']['reducer']>;
export type WorkoutRoot = ReturnType<(typeof APPS)['workouts']['reducer']>;

/** One instance of a store on the server. */
export interface Stream {
  readonly app: AppName;
  readonly id: string;
}

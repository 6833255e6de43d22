import { combineReducers } from '@reduxjs/toolkit';
import { plan } from './plan';
import { sets } from './sets';

export const rootReducer = combineReducers({ plan: plan.reducer, sets: sets.reducer });

export type WorkoutRoot = ReturnType<typeof rootReducer>;

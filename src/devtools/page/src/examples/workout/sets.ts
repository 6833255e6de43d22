import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';
import { plan } from './plan';

import type { CompletedSet, SetCorrection, SetId, Sets } from '../types';

const MAX_SETS = 1000;

/** The completed sets. Makes the same states as the server's slice. */
export const sets = createSlice({
  name: 'sets',
  initialState: (): Sets => ({ done: [] }),
  reducers: {
    completed(state, { payload }: PayloadAction<CompletedSet>) {
      if (state.done.some((set) => set.id === payload.id)) {
        throw new Rejected('set-exists', 'This set is already done.');
      }
      if (state.done.length >= MAX_SETS) {
        throw new Rejected('too-many-sets', `A workout can have at most ${MAX_SETS} sets.`);
      }
      state.done.push(payload);
    },
    corrected(state, { payload }: PayloadAction<SetCorrection>) {
      const set = state.done.find(({ id }) => id === payload.id);
      if (set === undefined) throw missing();
      Object.assign(set, payload);
    },
    removed(state, { payload }: PayloadAction<SetId>) {
      const index = state.done.findIndex(({ id }) => id === payload.id);
      if (index === -1) throw missing();
      state.done.splice(index, 1);
    },
  },
  extraReducers: (builder) => {
    builder.addCase(plan.actions.exerciseRemoved, (state, { payload }) => {
      state.done = state.done.filter((set) => set.exerciseId !== payload.id);
    });
  },
});

function missing(): Rejected {
  return new Rejected('set-missing', 'The workout has no set with this id.');
}

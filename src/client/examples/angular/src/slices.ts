import { combineReducers, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';

export interface Exercise {
  id: string;
  name: string;
  sets: number;
  reps: number;
  weightGrams: number;
}

export interface DoneSet {
  id: string;
  exerciseId: string;
  reps: number;
  weightGrams: number;
}

const noExercises: { name: string; exercises: Exercise[] } = { name: '', exercises: [] };
const noSets: { done: DoneSet[] } = { done: [] };

export const plan = createSlice({
  name: 'plan',
  initialState: noExercises,
  reducers: {
    exerciseAdded({ exercises }, { payload }: PayloadAction<Exercise>) {
      if (exercises.some(({ id }) => id === payload.id))
        throw new Rejected('exercise-exists', `The plan has the exercise ${payload.id} already.`);
      exercises.push(payload);
    },
  },
});

export const sets = createSlice({
  name: 'sets',
  initialState: noSets,
  reducers: {
    completed({ done }, { payload }: PayloadAction<DoneSet>) {
      if (done.some(({ id }) => id === payload.id))
        throw new Rejected('set-exists', `The set ${payload.id} is done already.`);
      done.push(payload);
    },
    removed(state, { payload }: PayloadAction<{ id: string }>) {
      if (!state.done.some(({ id }) => id === payload.id))
        throw new Rejected('set-missing', `The set ${payload.id} is not done.`);
      state.done = state.done.filter(({ id }) => id !== payload.id);
    },
  },
});

export const reducer = combineReducers({ plan: plan.reducer, sets: sets.reducer });

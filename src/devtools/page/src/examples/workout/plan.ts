import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';

import type { Exercise, ExerciseChange, ExerciseId, Plan, PlanName } from '../types';

const MAX_EXERCISES = 100;

/** The planned exercises. Makes the same states as the server's slice. */
export const plan = createSlice({
  name: 'plan',
  initialState: (): Plan => ({ name: '', exercises: [] }),
  reducers: {
    named(state, { payload }: PayloadAction<PlanName>) {
      state.name = payload.name;
    },
    exerciseAdded(state, { payload }: PayloadAction<Exercise>) {
      if (state.exercises.some((exercise) => exercise.id === payload.id)) {
        throw new Rejected('exercise-exists', 'The plan has an exercise with this id.');
      }
      if (state.exercises.length >= MAX_EXERCISES) {
        throw new Rejected(
          'too-many-exercises',
          `A plan can have at most ${MAX_EXERCISES} exercises.`,
        );
      }
      state.exercises.push(payload);
    },
    exerciseChanged(state, { payload }: PayloadAction<ExerciseChange>) {
      const exercise = state.exercises.find(({ id }) => id === payload.id);
      if (exercise === undefined) throw missing();
      Object.assign(exercise, payload);
    },
    exerciseRemoved(state, { payload }: PayloadAction<ExerciseId>) {
      const index = state.exercises.findIndex(({ id }) => id === payload.id);
      if (index === -1) throw missing();
      state.exercises.splice(index, 1);
    },
  },
});

function missing(): Rejected {
  return new Rejected('exercise-missing', 'The plan has no exercise with this id.');
}

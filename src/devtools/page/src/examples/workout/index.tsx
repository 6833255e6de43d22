import type { StoreUi } from '../../storeUi';
import { rootReducer } from './root';
import { squash } from './squash';
import './workout.css';
import { WorkoutApp } from './WorkoutApp';

export default {
  store: 'workouts',
  title: 'Workout',
  noun: 'workout',
  idPrefix: 'wo',
  slices: ['plan', 'sets'],
  squash,
  reducer: rootReducer,
  View: WorkoutApp,
} satisfies StoreUi;

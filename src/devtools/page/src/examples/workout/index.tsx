import type { StoreUi } from '../../storeUi';
import { rootReducer } from './root';
import './workout.css';
import { WorkoutApp } from './WorkoutApp';

export default {
  store: 'workouts',
  title: 'Workout',
  noun: 'workout',
  idPrefix: 'wo',
  slices: ['plan', 'sets'],
  reducer: rootReducer,
  View: WorkoutApp,
} satisfies StoreUi;

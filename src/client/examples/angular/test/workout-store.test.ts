import { TestBed } from '@angular/core/testing';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Auth } from '../src/auth';
import { plan, sets } from '../src/slices';
import { WorkoutPage } from '../src/workout-page';
import { WorkoutStore } from '../src/workout-store';
import { Server } from './server';

const squat = { id: 'squat', name: 'Squat', sets: 2, reps: 5, weightGrams: 82_500 };
const firstSet = { id: 'squat.1', exerciseId: 'squat', reps: 5, weightGrams: 82_500 };

let server: Server;

beforeEach(() => {
  server = new Server();
  vi.stubGlobal('fetch', server.fetch);
  vi.stubGlobal('indexedDB', new IDBFactory());
});

afterEach(() => {
  TestBed.resetTestingModule();
  vi.unstubAllGlobals();
});

function signIn(): Auth {
  const auth = TestBed.inject(Auth);
  auth.token.set('secret');
  return auth;
}

function shown(id = 'w-1'): WorkoutStore {
  const workout = TestBed.inject(WorkoutStore);
  workout.show(id);
  return workout;
}

function comeOnline(): void {
  server.reachable = true;
  window.dispatchEvent(new Event('online'));
}

test('an action dispatched offline is shown at once, and sent when the network is back', async () => {
  server.reachable = false;
  signIn();
  const workout = shown();
  workout.dispatch(plan.actions.exerciseAdded(squat));
  workout.dispatch(sets.actions.completed(firstSet));
  expect(workout.plan().exercises).toEqual([squat]);
  expect(workout.done()).toEqual([firstSet]);
  await expect.poll(() => workout.status()).toBe('offline');
  expect(workout.pending()).toHaveLength(2);

  comeOnline();
  await expect.poll(() => workout.status()).toBe('synced');
  expect(workout.pending()).toEqual([]);
  expect(workout.done()).toEqual([firstSet]);
  expect(server.log).toMatchObject([
    { type: 'plan/exerciseAdded', payload: squat },
    { type: 'sets/completed', payload: firstSet },
  ]);
});

test('an action dispatched without credentials is kept, and sent after signing in', async () => {
  const workout = shown();
  workout.dispatch(plan.actions.exerciseAdded(squat));
  await expect.poll(() => workout.status()).toBe('needsAuth');
  expect(workout.pending()).toHaveLength(1);

  signIn();
  await expect.poll(() => workout.status()).toBe('synced');
  expect(server.log).toHaveLength(1);
});

test('another workout shows nothing of the one before, whose actions are still sent', async () => {
  server.reachable = false;
  signIn();
  const workout = shown();
  workout.dispatch(plan.actions.exerciseAdded(squat));
  workout.show('w-2');
  expect(workout.plan().exercises).toEqual([]);
  expect(workout.pending()).toMatchObject([{ stream: 'workouts/w-1' }]);

  comeOnline();
  await expect.poll(() => workout.status()).toBe('synced');
  expect(server.log).toHaveLength(1);
  expect(workout.plan().exercises).toEqual([]);
});

test('closes with its injector', async () => {
  const earlier = vi.spyOn(signIn(), 'headers');
  const ended = shown();
  await expect.poll(() => ended.status()).toBe('synced');
  expect(earlier).toHaveBeenCalled();
  TestBed.resetTestingModule();
  earlier.mockClear();

  signIn();
  const workout = shown();
  workout.dispatch(plan.actions.exerciseAdded(squat));
  comeOnline();
  await expect.poll(() => server.log).toHaveLength(1);
  await expect.poll(() => workout.status()).toBe('synced');
  expect(earlier).not.toHaveBeenCalled();
});

test('the page ticks sets, and shows the status and the number of pending actions', async () => {
  server.apply(plan.actions.exerciseAdded(squat));
  signIn();
  const fixture = TestBed.createComponent(WorkoutPage);
  fixture.componentRef.setInput('id', 'w-1');
  const page = fixture.nativeElement as HTMLElement;
  const boxes = () => [...page.querySelectorAll('ion-checkbox')];
  const ticked = () => boxes().map(({ checked }) => checked);
  const status = () => page.querySelector('[role=status]')?.textContent.trim();
  await expect.poll(ticked).toEqual([false, false]);
  await expect.poll(status).toBe('synced');
  expect(boxes()[0]?.textContent.trim()).toBe('Squat: 5 × 82.5 kg');

  server.reachable = false;
  boxes()[0]?.click();
  await expect.poll(ticked).toEqual([true, false]);
  await expect.poll(status).toMatch(/^offline\s+\(1\)$/);

  comeOnline();
  await expect.poll(status).toBe('synced');
  boxes()[0]?.click();
  await expect
    .poll(() => server.log.map(({ type }) => type))
    .toEqual(['plan/exerciseAdded', 'sets/completed', 'sets/removed']);
  await expect.poll(status).toBe('synced');
  expect(ticked()).toEqual([false, false]);
});

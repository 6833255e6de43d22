// @vitest-environment jsdom
import 'fake-indexeddb/auto';
import { combineReducers, configureStore, createSlice } from '@reduxjs/toolkit';
import { createRoundtrip, type Roundtrip, type Stream } from '@roundtrip/client';
import { act, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider, useSelector } from 'react-redux';
import { expect, it, vi } from 'vitest';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

const tasks = createSlice({ name: 'tasks', initialState: { title: '' }, reducers: {} });

/** A server whose tasks have their ids as titles. */
const fetch = (url: string): Promise<Response> =>
  Promise.resolve(Response.json({ version: 1, state: { title: url.split('/').at(-1) } }));

function useTask(sync: Roundtrip<'tasks'>, id: string): Stream | undefined {
  const [task, setTask] = useState<Stream>();
  useEffect(() => {
    const opened = sync.open({ store: 'tasks', id });
    setTask(opened);
    return opened.close;
  }, [sync, id]);
  return task?.id === id ? task : undefined;
}

function Task({ sync, id }: { sync: Roundtrip<'tasks'>; id: string }) {
  const task = useTask(sync, id);
  const title = useSelector((state: { tasks: { title: string } }) => state.tasks.title);
  return task ? <p>{`${task.id}: ${title}`}</p> : null;
}

it('a component shows one stream after another, also where React mounts it twice', async () => {
  const sync = createRoundtrip({ url: 'http://server', stores: { tasks: {} }, fetch });
  const store = configureStore({
    reducer: sync.reducer(combineReducers({ tasks: tasks.reducer })),
    middleware: (getDefault) => getDefault().concat(sync.middleware),
  });
  const container = document.body.appendChild(document.createElement('div'));
  const root = createRoot(container);
  const shown: string[] = [];
  const show = async (id: string) => {
    await act(async () => {
      root.render(
        <StrictMode>
          <Provider store={store}>
            <Task sync={sync} id={id} />
          </Provider>
        </StrictMode>,
      );
      await Promise.resolve();
    });
    shown.push(container.textContent);
    await act(async () => {
      await vi.waitFor(() => {
        expect(store.getState().tasks.title).toBe(id);
      });
    });
    shown.push(container.textContent);
  };

  await show('one');
  await show('two');
  expect(shown).toStrictEqual(['one: ', 'one: one', 'two: ', 'two: two']);

  act(() => {
    root.unmount();
  });
  expect(store.getState()).toMatchObject({ tasks: { title: '' }, roundtrip: { streams: {} } });
  await sync.close();
});

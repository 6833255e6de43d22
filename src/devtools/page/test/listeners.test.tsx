// @vitest-environment jsdom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Listeners } from '../src/console/Listeners';
import type { Call, Heard, Message } from '../src/console/listeners';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

const CALL: Call = {
  number: 7,
  at: 0,
  listener: 'confirmation',
  store: 'salesOrders',
  id: 'o-1',
  version: 2,
  type: 'salesOrders/confirmed',
  durationMs: 12.3,
  error: null,
  printed: 'Mail to Ada: Your order is confirmed.\n',
  dispatched: [{ store: 'salesOrders', id: 'o-1', type: 'salesOrders/mailed', refused: null }],
  once: ['mail'],
};
const MESSAGE: Message = {
  number: 9,
  store: 'salesOrders',
  id: 'o-2',
  version: 3,
  attempts: 0,
  error: null,
};

let heard: Heard | Response;
const asked: string[] = [];
let container: HTMLElement;
let root: Root;

const answer = (path: string, { method = 'GET' }: RequestInit = {}): Promise<Response> => {
  asked.push(`${method} ${path}`);
  return Promise.resolve(heard instanceof Response ? heard.clone() : Response.json(heard));
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', answer);
  asked.length = 0;
  container = document.body.appendChild(document.createElement('div'));
  root = createRoot(container);
});

afterEach(() => {
  act(() => {
    root.unmount();
  });
  container.remove();
  vi.useRealTimers();
});

const show = () =>
  act(async () => {
    root.render(<Listeners />);
    await vi.advanceTimersByTimeAsync(0);
  });

const aSecond = () => act(() => vi.advanceTimersByTimeAsync(1000));

const texts = (list: string): string[] =>
  [...container.querySelectorAll(`[aria-label="${list}"] > li`)].map((item) => item.textContent);

const button = () => container.querySelector('button');

it('shows calls: for which action, how long, what was printed and dispatched', async () => {
  const refused = { store: 'notes', id: 'n', type: 'notes/added', refused: 'full' };
  const other = { ...CALL, number: 8, printed: '', dispatched: [refused], once: [] };
  heard = { listeners: ['confirmation'], waiting: [], dead: [], calls: [other, CALL] };
  await show();
  const [newest, oldest] = texts('Calls');
  expect(newest).toContain('dispatched notes/added on notes/n (refused: full)');
  expect(oldest).toContain('confirmation · salesOrders/confirmed');
  expect(oldest).toContain('12 ms');
  expect(oldest).toContain('salesOrders/o-1, version 2');
  expect(oldest).toContain('Mail to Ada: Your order is confirmed.');
  expect(oldest).toContain('dispatched salesOrders/mailed · once: mail');
  expect(button()).toBeNull();
});

it('shows what waits, what is tried again, and what is dead', async () => {
  const error = 'ValueError: no mail server (listener confirmation, salesOrders/confirmed)';
  const failed = { ...CALL, error, printed: '', dispatched: [], once: [] };
  const retried = { ...MESSAGE, number: 10, attempts: 2, error };
  const dead = [{ ...MESSAGE, number: 11, id: 'o-3', attempts: 3, error }];
  const listeners = ['confirmation'];
  heard = { listeners, waiting: [MESSAGE, retried], dead, calls: [failed] };
  await show();
  expect(container.querySelector('.panel-head')?.textContent).toContain('2 waiting · 1 dead');
  expect(texts('Waiting messages')).toStrictEqual([
    'v3salesOrders/o-2waiting',
    `v3salesOrders/o-2 · attempts: 2retrying${error}`,
  ]);
  expect(texts('Dead letters')).toStrictEqual([`v3salesOrders/o-3 · attempts: 3dead${error}`]);
  expect(texts('Calls')[0]).toContain('failed');

  heard = { listeners, waiting: [], dead: [], calls: [CALL] };
  await act(async () => {
    button()?.click();
    await vi.advanceTimersByTimeAsync(0);
  });
  expect(asked).toContain('POST /_roundtrip/listeners/redrive');
  await aSecond();
  expect(texts('Dead letters')).toStrictEqual([]);
  expect(button()).toBeNull();
});

it('says why a redrive failed', async () => {
  heard = { listeners: ['one'], waiting: [], dead: [MESSAGE], calls: [] };
  await show();
  heard = new Response(null, { status: 500 });
  await act(async () => {
    button()?.click();
    await vi.advanceTimersByTimeAsync(0);
  });
  expect(container.querySelector('[role="alert"]')?.textContent).toContain('500');
});

it('reads again every second while the page is visible', async () => {
  heard = { listeners: ['one'], waiting: [], dead: [], calls: [] };
  await show();
  expect(container.textContent).toContain('None was called yet.');
  await aSecond();
  expect(asked).toHaveLength(2);
  const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  await aSecond();
  expect(asked).toHaveLength(2);
  hidden.mockRestore();
  await aSecond();
  expect(asked).toHaveLength(3);
});

it('keeps what it shows while the server does not answer', async () => {
  heard = { listeners: ['one'], waiting: [], dead: [], calls: [CALL] };
  await show();
  heard = new Response(null, { status: 502 });
  await aSecond();
  expect(container.querySelector('.note')?.textContent).toContain('502');
  expect(texts('Calls')).toHaveLength(1);
});

it('is absent while there are no listeners', async () => {
  heard = { listeners: [], waiting: [], dead: [], calls: [] };
  await show();
  expect(container.textContent).toBe('');
  heard = { ...heard, listeners: ['first'] };
  await aSecond();
  expect(container.textContent).toContain('first');
});

it.each([new Response(null, { status: 404 }), Response.json(null)])(
  'is absent where the server follows nothing, and does not ask again',
  async (response) => {
    heard = response;
    await show();
    await aSecond();
    expect(container.textContent).toBe('');
    expect(asked).toHaveLength(1);
  },
);

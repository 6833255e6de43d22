import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAULTS, problem } from './support/server.js';
import { World, type Tab } from './support/world.js';

let world: World;
let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(1);
  world = new World();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await world.close();
});

/** Waits until only timers are left. */
const rest = async (): Promise<void> => {
  for (let ticks = 0; ticks < 30; ticks++) await new Promise((resolve) => setImmediate(resolve));
};
const after = async (ms: number): Promise<void> => {
  vi.advanceTimersByTime(ms);
  await rest();
};
let asked = 0;
const count = (answer: () => Response | Promise<Response>): void => {
  asked = 0;
  world.server.always = () => {
    asked += 1;
    return answer();
  };
};

describe('after a failure', () => {
  it('waits up to one second, then up to twice as long each time, at most a minute', async () => {
    count(() => FAULTS['request lost']());
    tab = world.open();
    await rest();
    expect(asked).toBe(1);
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 60, 60, 60].entries()) {
      await after(seconds * 1000 - 1);
      expect(asked).toBe(index + 1);
      await after(1);
      expect(asked).toBe(index + 2);
    }
  });

  it('starts with one second again after a response', async () => {
    count(() => FAULTS['request lost']());
    tab = world.open();
    await rest();
    await after(1000);
    await after(2000);
    world.server.always = undefined;
    await after(4000);
    expect(tab.state.status).toBe('synced');
    count(() => FAULTS['request lost']());
    tab.add('a');
    await rest();
    expect(asked).toBe(1);
    await after(1000);
    expect(asked).toBe(2);
  });

  it.each([
    ['online', () => tab.window.dispatchEvent(new Event('online'))],
    ['visible', () => tab.document.dispatchEvent(new Event('visibilitychange'))],
    [
      'a dispatch',
      () => {
        tab.add('b');
      },
    ],
    [
      'resume()',
      () => {
        tab.sync.resume();
      },
    ],
    [
      'flush()',
      () => {
        void tab.sync.flush();
      },
    ],
  ])('is woken by %s', async (_, wake) => {
    count(() => FAULTS['request lost']());
    tab = world.open();
    await rest();
    wake();
    await rest();
    expect(asked).toBe(2);
  });

  it('waits as long as the server asks; only flush() ignores it', async () => {
    count(() => problem(503, 'conflict', { retryable: true }, { 'retry-after': '120' }));
    tab = world.open();
    tab.add('a');
    await rest();
    expect(asked).toBe(1);
    tab.add('b');
    tab.window.dispatchEvent(new Event('online'));
    await after(119_999);
    expect(asked).toBe(1);
    await after(1);
    expect(asked).toBe(2);
    void tab.sync.flush();
    await rest();
    expect(asked).toBe(3);
  });

  it('compares a Retry-After date with the server’s clock', async () => {
    vi.setSystemTime(new Date('2031-01-02T00:00:00Z'));
    count(() =>
      problem(
        503,
        'conflict',
        { retryable: true },
        {
          date: 'Tue, 15 Nov 1994 08:12:31 GMT',
          'retry-after': 'Tue, 15 Nov 1994 08:12:41 GMT',
        },
      ),
    );
    tab = world.open();
    await rest();
    await after(9_999);
    expect(asked).toBe(1);
    await after(1);
    expect(asked).toBe(2);
  });

  it('retries a wrong URL once a minute', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    count(() => new Response('Not Found', { status: 404 }));
    tab = world.open();
    await rest();
    await after(59_999);
    expect(asked).toBe(1);
    await after(1);
    expect(asked).toBe(2);
  });

  it('waits for credentials without a timer', async () => {
    count(() => new Response(null, { status: 401 }));
    tab = world.open();
    await rest();
    await after(3_600_000);
    expect(asked).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('while the browser reports that it is offline', () => {
  it('tries at most once a minute, because the browser may be wrong', async () => {
    tab = world.open();
    tab.onLine = false;
    tab.add('a');
    await rest();
    expect(world.server.texts()).toEqual([]);
    await after(60_000);
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('a request without a response', () => {
  it.each([
    ['fetch', { fetch: () => new Promise<Response>(() => undefined) }],
    ['headers', { headers: () => new Promise<Record<string, string>>(() => undefined) }],
    ['body', { fetch: () => Promise.resolve(new Response(new ReadableStream())) }],
  ])('is aborted after 35 s: %s', async (_, options) => {
    tab = world.open(options);
    await rest();
    await after(34_999);
    expect(tab.state.problem).toBeUndefined();
    await after(1);
    expect(tab.state.problem?.detail).toContain('35000 ms');
  });
});

describe('sendAfterMs', () => {
  const sizes = (): number[] =>
    world.server.asked.flatMap(({ body }) => (body ? (JSON.parse(body) as unknown[]).length : []));

  beforeEach(async () => {
    tab = world.open({
      sendAfterMs: 1000,
      squash: (previous, next) =>
        previous.type === next.type && JSON.stringify(next).includes('slid') ? next : undefined,
    });
    await rest();
  });

  it('sends the actions of that time in one request, from the first one on', async () => {
    tab.add('a');
    await rest();
    await after(600);
    tab.add('b');
    await after(399);
    expect(sizes()).toEqual([]);
    expect(tab.state.status).toBe('pending');
    await after(1);
    expect(sizes()).toEqual([2]);
    tab.add('c');
    await rest();
    await after(999);
    expect(sizes()).toEqual([2]);
    await after(1);
    expect(sizes()).toEqual([2, 1]);
  });

  it('waits for no one on flush()', async () => {
    tab.add('a');
    await tab.sync.flush();
    expect(sizes()).toEqual([1]);
  });

  it('still fetches what is new', async () => {
    tab.add('a');
    world.server.write('theirs');
    tab.window.dispatchEvent(new Event('online'));
    await rest();
    expect(sizes()).toEqual([]);
    expect(tab.texts).toEqual(['theirs', 'a']);
  });

  it('squashes what waits: a slider sends its last value', async () => {
    tab.add('first');
    for (let value = 0; value < 100; value++) {
      tab.add(`slid to ${value}`);
      if (value % 25 === 0) await after(10);
    }
    expect(tab.state.pending).toHaveLength(1);
    await after(1000);
    expect(sizes()).toEqual([1]);
    expect(world.server.texts()).toEqual(['slid to 99']);
  });
});

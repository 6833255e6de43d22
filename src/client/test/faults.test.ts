import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncedAction } from '../src/index.js';
import { FAULTS } from './support/server.js';
import { tick, World, type Hooks, type Tab } from './support/world.js';

type When = 'before' | 'after';
type What = 'storage' | 'network';

type Event =
  | { do: 'add'; tab: number; refused: boolean }
  | { do: 'flush'; tab: number }
  | { do: 'reload'; tab: number }
  | { do: 'die'; tab: number; what: What; when: When; in: number }
  | { do: 'fail'; tab: number; storageSteps: number }
  | { do: 'network'; fault: keyof typeof FAULTS }
  | { do: 'wait'; ticks: number }
  | { do: 'another client writes' };

const tabs = fc.nat({ max: 1 });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('add' as const), tab: tabs, refused: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const), tab: tabs }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ticks: fc.nat({ max: 30 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reload' as const), tab: tabs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      tab: tabs,
      what: fc.constantFrom<What>('storage', 'network'),
      when: fc.constantFrom<When>('before', 'after'),
      in: fc.nat({ max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      tab: tabs,
      storageSteps: fc.nat({ max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('network' as const),
      fault: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'another client writes' as const }) },
);

/** A browser tab: when its page dies or reloads, another page replaces it. */
class Place {
  tab: Tab;
  added: string[][] = [];
  #failing = 0;
  #dieIn: { what: What; when: When; in: number } | undefined;

  constructor(
    readonly world: World,
    readonly durable: Set<string>,
  ) {
    this.tab = this.#open();
  }

  reload(): void {
    this.tab.kill();
    this.tab = this.#open();
  }

  #open(): Tab {
    this.#failing = 0;
    this.#dieIn = undefined;
    this.added.push([]);
    const hooks: Hooks = {
      update: async (go) => {
        if (this.#failing > 0) {
          this.#failing -= 1;
          throw new DOMException('full', 'QuotaExceededError');
        }
        const queue = await this.#perhapsDie('storage', go);
        for (const { action } of queue.entries) this.durable.add(textOf(action));
        return queue;
      },
    };
    const { fetch } = this.world.server;
    return this.world.open(
      { fetch: (url, init) => this.#perhapsDie('network', () => fetch(url, init)) },
      hooks,
    );
  }

  add(text: string): void {
    this.added.at(-1)?.push(text);
    this.tab.add(text);
  }

  fail(steps: number): void {
    this.#failing = steps;
  }

  die(how: { what: What; when: When; in: number }): void {
    this.#dieIn = { ...how };
  }

  async #perhapsDie<T>(what: What, go: () => Promise<T>): Promise<T> {
    const dying = this.#dieIn;
    if (dying?.what !== what || dying.in-- > 0) return go();
    const { tab } = this;
    const value = dying.when === 'after' ? await go() : undefined;
    // In the meantime the test may have ended all faults, or reloaded the page.
    if (this.#dieIn !== dying) return value ?? go();
    if (this.tab === tab) this.reload();
    return new Promise(() => undefined);
  }
}

const textOf = ({ payload }: SyncedAction): string => (payload as { text: string }).text;

async function play(events: readonly Event[], world: World): Promise<void> {
  const { server } = world;
  const durable = new Set<string>();
  const places = [new Place(world, durable), new Place(world, durable)];
  let count = 0;
  for (const happening of events) {
    const place = 'tab' in happening ? places[happening.tab] : undefined;
    switch (happening.do) {
      case 'add': {
        const text = `${happening.refused ? 'bad' : 'good'} ${count++}`;
        if (happening.refused) server.refused.add(text);
        place?.add(text);
        break;
      }
      case 'flush':
        void place?.tab.sync.flush();
        break;
      case 'reload':
        place?.reload();
        break;
      case 'die':
        place?.die(happening);
        break;
      case 'fail':
        place?.fail(happening.storageSteps);
        break;
      case 'network':
        server.faults.push(FAULTS[happening.fault]);
        break;
      case 'wait':
        for (let ticks = 0; ticks < happening.ticks; ticks++) await tick();
        break;
      case 'another client writes':
        server.write(`theirs ${count++}`);
    }
  }

  // From here on nothing fails.
  server.faults.length = 0;
  for (const place of places) {
    place.fail(0);
    place.die({ what: 'storage', when: 'before', in: Infinity });
  }
  for (let round = 0; round < 4; round++) {
    for (const { tab } of places) await tab.sync.flush();
  }

  const texts = server.texts();
  expect(new Set(texts).size, 'an action was applied twice').toBe(texts.length);
  for (const { added } of places) {
    for (const own of added) {
      const applied = texts.filter((text) => own.includes(text));
      expect(applied, 'actions are applied in the order of dispatch').toEqual(
        own.filter((text) => applied.includes(text)),
      );
    }
  }
  for (const { tab } of places) {
    await tab.until(
      ({ state }) =>
        state.status === 'synced' && state.version === (server.streams.get('n-1')?.version ?? 0),
    );
    expect(tab.state.pending).toEqual([]);
    expect((tab.state.confirmed ?? { texts: [] }) as unknown).toEqual({ texts });
    expect(tab.texts).toEqual(texts);
    const rejected = tab.state.rejected.map(({ action }) => textOf(action));
    const lost = [...durable].filter((text) => !texts.includes(text) && !rejected.includes(text));
    expect(lost, 'every stored action is applied or rejected').toEqual([]);
    expect(rejected.every((text) => server.refused.has(text))).toBe(true);
    expect(new Set(rejected).size, 'an action was rejected twice').toBe(rejected.length);
  }
}

beforeEach(() => {
  // The client reports the storage faults that the test injects.
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});

describe.each([true, false])('under random faults, with Web Locks: %s', (hasLocks) => {
  it('applies every stored action once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        async (events, maxActions) => {
          const world = new World(hasLocks);
          world.hasChecks = false;
          world.server.maxActions = maxActions;
          try {
            await play(events, world);
          } finally {
            await world.close();
          }
        },
      ),
      { numRuns: Number(process.env['FAULT_RUNS'] ?? 150), plugins: [fc.timeout(2000)] },
    );
  }, 120_000);
});

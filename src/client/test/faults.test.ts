import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stream, SyncedAction, SyncState } from '../src/index.js';
import { occupy } from './support/databases.js';
import { FAULTS } from './support/server.js';
import { FATES, type Fate } from './support/sockets.js';
import { added, tick, World, type Hooks, type Tab } from './support/world.js';

type When = 'before' | 'after';
type What = 'storage' | 'network';

type Event =
  | { do: 'network'; fault: keyof typeof FAULTS }
  | { do: 'message'; fate: Fate }
  | { do: 'deliver what is late' | 'hide or show'; tab: number }
  | { do: 'add'; tab: number; stream: number; refused: boolean }
  | { do: 'discard'; tab: number; stream: number; index: number }
  | { do: 'flush' | 'open or close' | 'stall or go on'; tab: number }
  | { do: 'reload'; tab: number; release: number }
  | { do: 'die'; tab: number; what: What; when: When; in: number }
  | { do: 'fail'; tab: number; storageSteps: number }
  | { do: 'network'; fault: keyof typeof FAULTS }
  | { do: 'fetch from a cache'; tab: number; which: number }
  | { do: 'wait'; ticks: number; ms: number }
  | { do: 'set the clock'; days: number }
  | { do: 'another client writes'; stream: number }
  | { do: 'occupy or free the storage' };

const DAY_MS = 86_400_000;
const one = <T>(value: T): fc.Arbitrary<T> => fc.constant(value);
const tab = fc.nat({ max: 1 });
const stream = fc.nat({ max: 1 });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Event>) => ({ weight, arbitrary });
const event: fc.Arbitrary<Event> = fc.oneof(
  weighted(8, fc.record({ do: one('add' as const), tab, stream, refused: fc.boolean() })),
  weighted(3, fc.record({ do: one('flush' as const), tab })),
  weighted(
    4,
    fc.record({
      do: one('wait' as const),
      ticks: fc.nat({ max: 30 }),
      ms: fc.constantFrom(0, 0, 100, 1000, 5000, 40_000),
    }),
  ),
  weighted(2, fc.record({ do: one('reload' as const), tab, release: fc.nat({ max: 2 }) })),
  weighted(
    4,
    fc.record({
      do: one('die' as const),
      tab,
      what: fc.constantFrom<What>('storage', 'network'),
      when: fc.constantFrom<When>('before', 'after'),
      in: fc.nat({ max: 6 }),
    }),
  ),
  weighted(2, fc.record({ do: one('fail' as const), tab, storageSteps: fc.nat({ max: 6 }) })),
  weighted(
    4,
    fc.record({
      do: one('network' as const),
      fault: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
    }),
  ),
  weighted(
    2,
    fc.record({ do: one('fetch from a cache' as const), tab, which: fc.constantFrom(0, 1, -1) }),
  ),
  weighted(4, fc.record({ do: one('another client writes' as const), stream })),
  weighted(6, fc.record({ do: one('message' as const), fate: fc.constantFrom(...FATES) })),
  weighted(2, fc.record({ do: one('deliver what is late' as const), tab })),
  weighted(1, fc.record({ do: one('hide or show' as const), tab })),
  weighted(1, fc.record({ do: one('discard' as const), tab, stream, index: fc.nat({ max: 3 }) })),
  weighted(1, fc.record({ do: one('open or close' as const), tab })),
  weighted(2, fc.record({ do: one('stall or go on' as const), tab })),
  weighted(1, fc.record({ do: one('set the clock' as const), days: fc.constantFrom(-400, 400) })),
  weighted(1, fc.record({ do: one('occupy or free the storage' as const) })),
);

const textOf = ({ payload }: SyncedAction): string => (payload as { text: string }).text;
const ticks = async (count: number): Promise<void> => {
  for (let done = 0; done < count; done++) await tick();
};

const IDS = ['n-1', 'n-2'] as const;
const MOUNTS = ['notebook', 'other'] as const;

/** A browser tab: when its page dies or reloads, another page replaces it. It shows two streams. */
class Place {
  tab: Tab;
  /** What each page added, by stream. */
  readonly added: [string[], string[]][] = [];
  /** What went wrong while the page was watched. */
  readonly regressions: string[] = [];
  #release = 0;
  #second: Stream | undefined;
  #resume: (() => void) | undefined;
  #failing = 0;
  #dieIn: { what: What; when: When; in: number } | undefined;

  constructor(
    readonly world: World,
    readonly durable: Set<string>,
    readonly isPushed: boolean,
  ) {
    this.tab = this.#open();
  }

  get isStalled(): boolean {
    return this.#resume !== undefined;
  }

  reload(release = this.#release): void {
    this.#release = release;
    this.tab.kill();
    this.tab = this.#open();
  }

  #open(): Tab {
    this.#failing = 0;
    this.#resume = this.#dieIn = undefined;
    this.added.push([[], []]);
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
    const opened = this.world.open(
      {
        fetch: (url, init) => this.#perhapsDie('network', () => fetch(url, init)),
        url: this.#release ? `/v${this.#release}` : '',
        shape: this.#release,
        upgrade: (state) => state,
        isPushed: this.isPushed,
      },
      hooks,
    );
    this.#second = opened.open(IDS[1], MOUNTS[1]);
    this.#watch(opened);
    return opened;
  }

  /** Sees that no version is lower than one that was shown before, and each has the server's state. */
  #watch({ store, sync }: Tab): void {
    const shown: number[] = [];
    store.subscribe(() => {
      for (const [index, id] of IDS.entries()) {
        const state = sync.select(store.getState()).streams[`notebook/${id}`];
        const version = state?.slices ? state.version : 0;
        const before = shown[index] ?? 0;
        if (state?.slices && version < before)
          this.regressions.push(`${id}: ${before} to ${version}`);
        const texts = (state?.confirmed as { texts?: string[] } | undefined)?.texts;
        const known = this.world.server.textsAt(id, version);
        if (version && texts?.join() !== known?.join())
          this.regressions.push(`${id} at ${version}: ${texts?.join()}`);
        shown[index] = version;
      }
    });
  }

  streamOf(index: number): Stream | undefined {
    return index ? this.#second : this.tab.stream;
  }

  stateOf(index: number): SyncState | undefined {
    return this.streamOf(index)?.select(this.tab.store.getState());
  }

  add(index: number, text: string): void {
    const opened = this.streamOf(index);
    if (!opened) return;
    this.added.at(-1)?.[index]?.push(text);
    this.tab.store.dispatch(opened.address(added({ text })));
  }

  openOrClose(): void {
    this.#second?.close();
    this.#second = this.#second ? undefined : this.tab.open(IDS[1], MOUNTS[1]);
  }

  hideOrShow(): void {
    const { document } = this.tab;
    document.visibilityState = document.visibilityState === 'hidden' ? 'visible' : 'hidden';
    document.dispatchEvent(new globalThis.Event('visibilitychange'));
  }

  stallOrGoOn(): void {
    this.#resume?.();
    this.#resume = this.#resume ? undefined : this.tab.stall();
  }

  fail(steps: number): void {
    this.#failing = steps;
  }

  die(how: { what: What; when: When; in: number } | undefined): void {
    this.#dieIn = how && { ...how };
  }

  async #perhapsDie<T>(what: What, go: () => Promise<T>): Promise<T> {
    const dying = this.#dieIn;
    if (dying?.what !== what || dying.in-- > 0) return go();
    const { tab: dead } = this;
    const value = dying.when === 'after' ? await go() : undefined;
    // In the meantime the test may have ended all faults, or reloaded the page.
    if (this.#dieIn !== dying) return value ?? go();
    if (this.tab === dead) this.reload();
    return new Promise(() => undefined);
  }
}

async function play(events: readonly Event[], world: World, isPushed: boolean): Promise<void> {
  const { server } = world;
  const durable = new Set<string>();
  const discarded = new Set<string>();
  const places = [new Place(world, durable, isPushed), new Place(world, durable, isPushed)];
  let count = 0;
  let occupied: IDBTransaction | undefined;
  const free = (): void => {
    occupied?.abort();
    occupied = undefined;
  };
  const isAllSynced = (isLive: boolean): boolean =>
    places.every((place) =>
      IDS.every((id, index) => {
        const state = place.stateOf(index);
        const version = server.streams.get(id)?.version ?? 0;
        const isCalm = (isLive ? /^live$/ : /^(synced|live)$/).test(state?.status ?? '');
        return isCalm && state?.version === version;
      }),
    );
  const converge = async (isLive = false): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      if (!isLive) for (const { tab: page } of places) void page.sync.flush();
      await ticks(40);
      vi.advanceTimersByTime(5000);
      await ticks(40);
      if (isAllSynced(isLive)) return;
    }
    expect.fail('The pages are not in sync.');
  };

  if (isPushed) for (const id of IDS) server.write(`first ${id}`, id);
  await converge(isPushed);
  for (const happening of events) {
    const place = 'tab' in happening ? places[happening.tab] : undefined;
    const live = place?.isStalled ? undefined : place;
    switch (happening.do) {
      case 'add': {
        const text = `${happening.refused ? 'bad' : 'good'} ${count++}`;
        if (happening.refused) server.refused.add(text);
        live?.add(happening.stream, text);
        break;
      }
      case 'discard': {
        const entry = live?.stateOf(happening.stream)?.pending[happening.index];
        if (!entry) break;
        discarded.add(textOf(entry.action));
        void place?.tab.sync.discard(entry.id);
        break;
      }
      case 'flush':
        void live?.tab.sync.flush();
        break;
      case 'open or close':
        live?.openOrClose();
        break;
      case 'stall or go on':
        place?.stallOrGoOn();
        break;
      case 'reload':
        place?.reload(happening.release);
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
      case 'fetch from a cache':
        server.faults.unshift(server.kept(happening.which));
        void live?.tab.sync.flush();
        break;
      case 'message':
        server.sockets.fates.push(happening.fate);
        break;
      case 'deliver what is late':
        server.sockets.deliver();
        break;
      case 'hide or show':
        place?.hideOrShow();
        break;
      case 'wait':
        vi.advanceTimersByTime(happening.ms);
        await ticks(happening.ticks);
        break;
      case 'set the clock':
        vi.setSystemTime(Date.now() + happening.days * DAY_MS);
        server.aheadMs -= happening.days * DAY_MS;
        break;
      case 'another client writes':
        server.write(`theirs ${count++}`, IDS[happening.stream]);
        break;
      case 'occupy or free the storage':
        if (occupied) free();
        else occupied = await occupy(world.factory);
    }
  }

  // From here on nothing fails.
  free();
  server.faults.length = server.sockets.fates.length = 0;
  for (const place of places) {
    place.fail(0);
    place.die(undefined);
    if (place.isStalled) place.stallOrGoOn();
    if (!place.streamOf(1)) place.openOrClose();
    if (place.tab.document.visibilityState === 'hidden') place.hideOrShow();
  }
  await converge();
  if (isPushed) {
    await converge(true);
    for (const id of IDS) server.write(`last ${id}`, id);
    await converge(true);
  }

  expect(places.flatMap(({ regressions }) => regressions)).toEqual([]);
  const shown: string[] = [];
  for (const [index, id] of IDS.entries()) {
    const texts = server.texts(id);
    shown.push(...texts);
    expect(new Set(texts).size, 'an action was applied twice').toBe(texts.length);
    for (const own of places.flatMap((place) => place.added.map((page) => page[index] ?? []))) {
      const applied = texts.filter((text) => own.includes(text));
      expect(applied, 'actions are applied in the order of dispatch').toEqual(
        own.filter((text) => applied.includes(text)),
      );
    }
    for (const place of places) {
      const state = place.stateOf(index);
      expect(state?.pending).toEqual([]);
      expect((state?.confirmed ?? { texts: [] }) as unknown).toEqual({ texts });
      expect(place.tab.store.getState()[MOUNTS[index] ?? 'other'].texts).toEqual(texts);
    }
  }
  for (const { tab: page } of places) {
    const refusals = page.sync.selectRejected(page.store.getState());
    const rejected = refusals.map(({ action }) => textOf(action));
    const lost = [...durable].filter(
      (text) => ![...shown, ...rejected, ...discarded].includes(text),
    );
    expect(lost, 'every stored action is applied, rejected or discarded').toEqual([]);
    expect(new Set([...shown, ...rejected]).size, 'an action has two outcomes').toBe(
      shown.length + rejected.length,
    );
    for (const { action, problem } of refusals) {
      if (problem.type !== '/problems/internal') expect(server.refused).toContain(textOf(action));
    }
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  // The client reports the storage faults that the test injects.
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([true, false])('under random faults, with Web Locks: %s', (hasLocks) => {
  it('applies every stored action once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (events, maxActions, isPushed) => {
          const world = new World(hasLocks);
          world.hasChecks = false;
          world.server.maxActions = maxActions;
          try {
            await play(events, world, isPushed);
          } finally {
            await world.close();
          }
        },
      ),
      { numRuns: Number(process.env['FAULT_RUNS'] ?? 150) },
    );
  }, 120_000);
});

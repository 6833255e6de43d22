import { describe, expect, it } from 'vitest';
import { EventLog } from '../src/console/eventLog';
import type { Network } from '../src/network/network';

/** A server with a stream of `count` events, that returns them in pages. */
class Server {
  asked: string[] = [];
  fails = false;

  constructor(
    public length: number,
    readonly most = 1000,
  ) {}

  readonly network = {
    fetch: (path: string) => {
      this.asked.push(path);
      if (this.fails) return Promise.reject(new TypeError('no network'));
      const query = new URL(path, 'http://server').searchParams;
      const after = Number(query.get('after'));
      const limit = Math.min(Number(query.get('limit')), this.most);
      const last = Math.min(this.length, after + limit);
      const events = Array.from({ length: Math.max(0, last - after) }, (_, index) => ({
        type: 'a/b',
        version: after + index + 1,
        recordedAt: '2026-01-01T00:00:00.000Z',
        actor: null,
      }));
      if (this.length === 0) return Promise.resolve(Response.json({}, { status: 404 }));
      return Promise.resolve(Response.json({ events, next: last < this.length ? last : null }));
    },
  } as unknown as Network;
}

const log = (server: Server) => new EventLog(server.network, { store: 'baskets', id: 'b-1' });
const versions = (events: EventLog) => events.state().events.map(({ version }) => version);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the event log', () => {
  it('is empty for a stream that does not exist', async () => {
    const server = new Server(0);
    const events = log(server);
    await events.catchUp(0);
    expect(server.asked).toStrictEqual([]);
    await events.catchUp(1);
    expect(events.state()).toStrictEqual({ events: [], failure: '' });
  });

  it('reads only new events, over any number of pages', async () => {
    const server = new Server(3, 2);
    const events = log(server);
    await events.catchUp(3);
    server.length = 8;
    await events.catchUp(8);
    expect(versions(events)).toStrictEqual(range(1, 8));
    expect(server.asked.map((path) => /after=(\d+)/.exec(path)?.[1])).toStrictEqual([
      '0',
      '2',
      '3',
      '5',
      '7',
    ]);
    await events.catchUp(8);
    expect(server.asked).toHaveLength(5);
  });

  it('has each event once when versions arrive faster than responses', async () => {
    const server = new Server(4, 2);
    const events = log(server);
    await Promise.all([events.catchUp(2), events.catchUp(3), events.catchUp(4)]);
    expect(versions(events)).toStrictEqual(range(1, 4));
  });

  it('starts with the newest events of a long history, and reads earlier ones on request', async () => {
    const server = new Server(250);
    const events = log(server);
    await events.catchUp(250);
    expect(versions(events)).toStrictEqual(range(151, 250));
    await events.earlier();
    expect(versions(events)).toStrictEqual(range(51, 250));
    await events.earlier();
    expect(versions(events)).toStrictEqual(range(1, 250));
    const { length } = server.asked;
    await events.earlier();
    expect(server.asked).toHaveLength(length);
  });

  it('reads the whole history for an export', async () => {
    const all = await log(new Server(2500)).all();
    expect(all.map(({ version }) => version)).toStrictEqual(range(1, 2500));
  });

  it('reports a failed read, keeps its events, and recovers', async () => {
    const server = new Server(2);
    const events = log(server);
    await events.catchUp(2);
    server.length = 3;
    server.fails = true;
    await events.catchUp(3);
    expect(versions(events)).toStrictEqual([1, 2]);
    expect(events.state().failure).toBe('No connection.');
    server.fails = false;
    await events.catchUp(3);
    expect(versions(events)).toStrictEqual([1, 2, 3]);
    expect(events.state().failure).toBe('');
  });

  it('discards its events when the server was reset', async () => {
    const server = new Server(5);
    const events = log(server);
    await events.catchUp(5);
    server.length = 2;
    await events.catchUp(2);
    expect(versions(events)).toStrictEqual([1, 2]);
  });
});

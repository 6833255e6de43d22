// @vitest-environment jsdom
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Network } from '../src/network/network';
import { outcomeOf } from '../src/session/outcome';
import { openSession } from '../src/session/session';

const REFUSAL = {
  type: '/problems/rejected',
  title: 'Refused',
  status: 422,
  detail: 'Enough.',
  code: 'enough',
};

/** A server that waits for the test, then applies each action except those of one type. */
function serve() {
  let version = 0;
  let let_: () => void = () => undefined;
  const isLet = new Promise<void>((resolve) => {
    let_ = resolve;
  });
  const fetch = async (_: string, init: RequestInit = {}): Promise<Response> => {
    if (init.method !== 'POST') {
      return version === 0
        ? Response.json({ type: '/problems/stream-not-found', status: 404 }, { status: 404 })
        : Response.json({ version, state: version });
    }
    await isLet;
    const outcomes = (JSON.parse(init.body as string) as { type: string }[]).map(({ type }) =>
      type === 'counter/overdone'
        ? { status: 'rejected', problem: REFUSAL }
        : { status: 'applied', version: ++version },
    );
    if (version === 0) return Response.json(REFUSAL, { status: 422 });
    return Response.json({ version, state: version, outcomes });
  };
  return { network: { fetch } as unknown as Network, go: let_ };
}

const opened: ReturnType<typeof openSession>[] = [];

function open(network: Network) {
  const stream = { store: 'counters', id: crypto.randomUUID() };
  const caller = { user: undefined, credentials: undefined, network };
  const session = openSession(stream, caller, undefined);
  opened.push(session);
  const send = (type: string) => {
    session.store.dispatch({ type, payload: { by: 1 } });
    return session.sync.selectPending(session.store.getState()).at(-1)?.id ?? '';
  };
  return { session, send };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ sync }) => sync.close()));
});

describe('the outcome of an action without a local reducer', () => {
  it('is applied, and the state is the server’s', async () => {
    const { network, go } = serve();
    const { session, send } = open(network);
    const settled = vi.fn();
    const outcome = outcomeOf(session, send('counter/stepped')).then((said) => {
      settled();
      return said;
    });
    await vi.waitFor(() => {
      expect(session.sync.select(session.store.getState()).status).toBe('syncing');
    });
    expect(settled).not.toHaveBeenCalled();
    go();
    expect(await outcome).toStrictEqual({ status: 'applied', version: 1 });
    expect(session.sync.select(session.store.getState()).confirmed).toBe(1);
    expect(session.store.getState()).toMatchObject({ counters: 1 });
  });

  it('is refused, and stays refused after it is discarded', async () => {
    const { network, go } = serve();
    const { session, send } = open(network);
    go();
    const id = send('counter/overdone');
    const outcome = await outcomeOf(session, id);
    expect(outcome).toMatchObject({ problem: { code: 'enough', detail: 'Enough.' } });
    await session.sync.discard(id);
    expect(outcome).toMatchObject({ problem: { code: 'enough' } });
  });

  it('does not depend on an earlier refusal', async () => {
    const { network, go } = serve();
    const { session, send } = open(network);
    const [bad, good] = [send('counter/overdone'), send('counter/stepped')];
    const outcomes = Promise.all([outcomeOf(session, bad), outcomeOf(session, good)]);
    go();
    expect(await outcomes).toMatchObject([{ problem: { code: 'enough' } }, { version: 1 }]);
  });
});

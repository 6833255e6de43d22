// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Network } from '../src/network/network';

const URL_ = 'http://server/stores/a/b?limit=1';

describe('the network switch', () => {
  let answer: (signal: AbortSignal | undefined) => Promise<Response>;

  beforeEach(() => {
    localStorage.clear();
    answer = () => Promise.resolve(new Response(null, { status: 204 }));
    vi.stubGlobal('fetch', (_: Request, init?: RequestInit) => answer(init?.signal ?? undefined));
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('passes requests on and records them, newest first', async () => {
    const network = new Network(localStorage);
    await network.fetch(URL_, { method: 'POST', body: '{}' });
    await network.fetch(URL_);
    expect(network.roundTrips()).toMatchObject([
      { number: 2, method: 'GET', path: '/stores/a/b?limit=1', status: 204 },
      { number: 1, method: 'POST', path: '/stores/a/b?limit=1', status: 204 },
    ]);
  });

  it('fails like a lost network while it is off', async () => {
    const network = new Network(localStorage);
    network.switch(false);
    await expect(network.fetch(URL_)).rejects.toBeInstanceOf(TypeError);
    expect(network.roundTrips()).toMatchObject([{ status: undefined }]);
    network.switch(true);
    expect((await network.fetch(URL_)).status).toBe(204);
  });

  it('cuts a request in flight', async () => {
    const network = new Network(localStorage);
    answer = (signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    const asked = network.fetch(URL_);
    network.switch(false);
    await expect(asked).rejects.toBeInstanceOf(TypeError);
  });

  it('does not record a request that its caller aborted', async () => {
    const network = new Network(localStorage);
    const controller = new AbortController();
    controller.abort();
    answer = (signal) => Promise.reject(signal?.reason as Error);
    await expect(network.fetch(URL_, { signal: controller.signal })).rejects.toThrow('abort');
    expect(network.roundTrips()).toStrictEqual([]);
  });

  it('is shared by all tabs, and survives a reload', () => {
    const [here, there] = [new Network(localStorage), new Network(localStorage)];
    const told = vi.fn();
    there.subscribe(told);
    here.switch(false);
    const { key, newValue } = { key: 'roundtrip:network', newValue: 'off' };
    dispatchEvent(new StorageEvent('storage', { key, newValue }));
    expect(there.isOn()).toBe(false);
    expect(told).toHaveBeenCalled();
    expect(new Network(localStorage).isOn()).toBe(false);
  });

  it('works without storage', () => {
    const network = new Network(undefined);
    network.switch(false);
    expect(network.isOn()).toBe(false);
  });
});

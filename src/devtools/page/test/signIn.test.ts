// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Credentials } from '../src/user/credentials';
import { readUsers } from '../src/user/users';
import { SignIn } from '../src/user/signIn';

const ADA = { name: 'ada', tenant: 'acme' };
const GRACE = { name: 'grace', tenant: 'globex' };
const STATE_URL = 'http://server/stores/notes/n-1';

/** A dev server with authentication: each token belongs to one user and can be revoked. */
class DevServer {
  readonly asked: string[] = [];
  session: Response = Response.json({ auth: 'JWT', users: [ADA, GRACE] });
  expiresInS = 3600;
  #made = 0;
  #withdrawn = new Set<string>();
  readonly held: (() => void)[] = [];
  holds = false;

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (input === '/_roundtrip/session') return this.session;
    if (input === '/_roundtrip/tokens') {
      const { user } = JSON.parse(init.body as string) as { user: string };
      const token = `${user}-${++this.#made}`;
      return Response.json({ token, user, expiresInS: this.expiresInS }, { status: 201 });
    }
    const authorization = (input as Request).headers.get('authorization') ?? '';
    this.asked.push(authorization);
    if (this.holds) {
      await new Promise<void>((resolve, reject) => {
        this.held.push(resolve);
        init.signal?.addEventListener('abort', () => {
          reject(new DOMException('cut', 'AbortError'));
        });
      });
    }
    if (this.#withdrawn.has(authorization)) return new Response(null, { status: 401 });
    return Response.json({ state: `of ${authorization}` });
  };

  withdraw(authorization: string): void {
    this.#withdrawn.add(authorization);
  }
}

let server: DevServer;
const storages = { local: undefined, session: sessionStorage };
const open = () => new SignIn([ADA, GRACE], storages);
const stateOf = async (signIn: SignIn): Promise<unknown> =>
  (await signIn.caller().network.fetch(STATE_URL)).json();

beforeEach(() => {
  sessionStorage.clear();
  server = new DevServer();
  vi.stubGlobal('fetch', server.fetch);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the users of the dev server', () => {
  it('are read from it', async () => {
    expect(await readUsers()).toStrictEqual([ADA, GRACE]);
  });

  it('are none if the API needs no credentials', async () => {
    server.session = Response.json({ auth: 'NONE', users: [ADA] });
    expect(await readUsers()).toStrictEqual([]);
  });

  it('are none if the server has no such endpoint', async () => {
    server.session = new Response(null, { status: 404 });
    expect(await readUsers()).toStrictEqual([]);
  });

  it('cannot be read if the server fails', async () => {
    server.session = new Response(null, { status: 500 });
    await expect(readUsers()).rejects.toThrow('received 500');
  });
});

describe('signing in', () => {
  it('sends each request as the first user, with one token', async () => {
    const signIn = open();
    expect(signIn.caller().user).toBe(ADA);
    expect(await stateOf(signIn)).toStrictEqual({ state: 'of Bearer ada-1' });
    await stateOf(signIn);
    expect(server.asked).toStrictEqual(['Bearer ada-1', 'Bearer ada-1']);
  });

  it('sends no credentials if the API needs none', async () => {
    const signIn = new SignIn([], storages);
    expect(signIn.caller().user).toBeUndefined();
    await stateOf(signIn);
    expect(server.asked).toStrictEqual(['']);
  });

  it('sends as another user once chosen, even after a reload', async () => {
    const signIn = open();
    await stateOf(signIn);
    const heard = vi.fn();
    signIn.subscribe(heard);
    signIn.choose('grace');
    expect(heard).toHaveBeenCalledOnce();
    expect(await stateOf(signIn)).toStrictEqual({ state: 'of Bearer grace-2' });
    expect(open().caller().user).toBe(GRACE);
  });

  it('refuses requests of the previous user', async () => {
    const signIn = open();
    server.holds = true;
    const { network } = signIn.caller();
    const underWay = network.fetch(STATE_URL);
    await vi.waitFor(() => {
      expect(server.held).toHaveLength(1);
    });
    signIn.choose('grace');
    server.held.forEach((answer) => {
      answer();
    });
    await expect(underWay).rejects.toThrow('Another user');
    await expect(network.fetch(STATE_URL)).rejects.toThrow('Another user');
    expect(server.asked).toStrictEqual(['Bearer ada-1']);
    expect(signIn.caller().network.roundTrips()).toStrictEqual([]);
  });

  it('keeps the position of the network switch', () => {
    const signIn = open();
    signIn.caller().network.switch(false);
    signIn.choose('grace');
    expect(signIn.caller().network.isOn()).toBe(false);
  });

  it('ignores an unknown user', () => {
    const signIn = open();
    signIn.choose('mallory');
    expect(signIn.caller().user).toBe(ADA);
  });

  it('fetches a new token once one is refused', async () => {
    const signIn = open();
    await stateOf(signIn);
    server.withdraw('Bearer ada-1');
    expect((await signIn.caller().network.fetch(STATE_URL)).status).toBe(401);
    expect(await stateOf(signIn)).toStrictEqual({ state: 'of Bearer ada-2' });
  });
});

describe('credentials', () => {
  it('are renewed before they expire', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const credentials = new Credentials(ADA);
    expect(await credentials.authorization()).toBe('Bearer ada-1');
    vi.setSystemTime(Date.now() + 3_539_000);
    expect(await credentials.authorization()).toBe('Bearer ada-1');
    vi.setSystemTime(Date.now() + 2_000);
    expect(await credentials.authorization()).toBe('Bearer ada-2');
  });

  it('are sent unchanged if the server supplies the whole header', async () => {
    const credentials = new Credentials(ADA, () =>
      Promise.resolve(Response.json({ authorization: 'AWS4-DEV ada' }, { status: 201 })),
    );
    expect(await credentials.authorization()).toBe('AWS4-DEV ada');
  });

  it('are fetched again after a failure', async () => {
    let answer = new Response(null, { status: 500 });
    const credentials = new Credentials(ADA, () => Promise.resolve(answer));
    await expect(credentials.authorization()).rejects.toThrow('received 500');
    answer = Response.json({ token: 'late' });
    expect(await credentials.authorization()).toBe('Bearer late');
  });
});

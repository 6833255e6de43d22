// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Credentials } from '../src/user/credentials';
import { readUsers } from '../src/user/session';
import { SignIn } from '../src/user/signIn';

const ADA = { name: 'ada', tenant: 'acme' };
const GRACE = { name: 'grace', tenant: 'globex' };
const STATE_URL = 'http://server/stores/notes/n-1';

/** A dev server that asks who calls: each token is of one user, and may be withdrawn. */
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

describe('whom the dev server knows', () => {
  it('are its users', async () => {
    expect(await readUsers()).toStrictEqual([ADA, GRACE]);
  });

  it('nobody, where the API asks nobody', async () => {
    server.session = Response.json({ auth: 'NONE', users: [ADA] });
    expect(await readUsers()).toStrictEqual([]);
  });

  it('nobody, on a server that does not know the question', async () => {
    server.session = new Response(null, { status: 404 });
    expect(await readUsers()).toStrictEqual([]);
  });

  it('is not taken for nobody when the server has a fault', async () => {
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

  it('sends without a user what nobody asks about', async () => {
    const signIn = new SignIn([], storages);
    expect(signIn.caller().user).toBeUndefined();
    await stateOf(signIn);
    expect(server.asked).toStrictEqual(['']);
  });

  it('sends as another user once that one is chosen, and after a reload too', async () => {
    const signIn = open();
    await stateOf(signIn);
    const heard = vi.fn();
    signIn.subscribe(heard);
    signIn.choose('grace');
    expect(heard).toHaveBeenCalledOnce();
    expect(await stateOf(signIn)).toStrictEqual({ state: 'of Bearer grace-2' });
    expect(open().caller().user).toBe(GRACE);
  });

  it('gives nothing of the first user to whoever still asks for them', async () => {
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

  it('leaves the network switch as it is', () => {
    const signIn = open();
    signIn.caller().network.switch(false);
    signIn.choose('grace');
    expect(signIn.caller().network.isOn()).toBe(false);
  });

  it('does not know whom it was not told of', () => {
    const signIn = open();
    signIn.choose('mallory');
    expect(signIn.caller().user).toBe(ADA);
  });

  it('asks for another token once one is not taken any more', async () => {
    const signIn = open();
    await stateOf(signIn);
    server.withdraw('Bearer ada-1');
    expect((await signIn.caller().network.fetch(STATE_URL)).status).toBe(401);
    expect(await stateOf(signIn)).toStrictEqual({ state: 'of Bearer ada-2' });
  });
});

describe('credentials', () => {
  it('are renewed before they end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const credentials = new Credentials(ADA);
    expect(await credentials.authorization()).toBe('Bearer ada-1');
    vi.setSystemTime(Date.now() + 3_539_000);
    expect(await credentials.authorization()).toBe('Bearer ada-1');
    vi.setSystemTime(Date.now() + 2_000);
    expect(await credentials.authorization()).toBe('Bearer ada-2');
  });

  it('are sent as they are where the server says so', async () => {
    const credentials = new Credentials(ADA, () =>
      Promise.resolve(Response.json({ authorization: 'AWS4-DEV ada' }, { status: 201 })),
    );
    expect(await credentials.authorization()).toBe('AWS4-DEV ada');
  });

  it('are asked for again after a failure', async () => {
    let answer = new Response(null, { status: 500 });
    const credentials = new Credentials(ADA, () => Promise.resolve(answer));
    await expect(credentials.authorization()).rejects.toThrow('received 500');
    answer = Response.json({ token: 'late' });
    expect(await credentials.authorization()).toBe('Bearer late');
  });
});

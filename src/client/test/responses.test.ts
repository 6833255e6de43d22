import { describe, expect, it } from 'vitest';
import type { Confirmed } from '../src/queue.js';
import { classifyPull, classifyPush, complete, isKept, type Reply } from '../src/responses.js';

const reply = (status: number, body?: unknown): Reply => ({
  status,
  body,
  retryAfterMs: 0,
  dateMs: NaN,
});
const problem = (status: number, slug: string, more: object = {}): Reply =>
  reply(status, { type: `/problems/${slug}`, title: slug, status, ...more });
const applied = { status: 'applied', version: 1 };
const rejected = {
  status: 'rejected',
  problem: { type: '/problems/rejected', title: 'r', code: 'c' },
};

describe('the response to a batch', () => {
  it.each([200, 201])('%i with a head and an outcome for each action is a decision', (status) => {
    const answer = classifyPush(
      reply(status, { version: 2, state: { a: 1 }, outcomes: [applied, rejected] }),
      2,
    );
    expect(answer).toEqual({
      kind: 'decision',
      head: { version: 2, state: { a: 1 } },
      problems: [undefined, rejected.problem],
    });
  });

  it.each([
    ['no JSON', undefined],
    ['null', null],
    ['a string', 'ok'],
    ['no version', { state: {}, outcomes: [applied] }],
    ['no state', { version: 1, outcomes: [applied] }],
    ['a wrong number of outcomes', { version: 1, state: {}, outcomes: [] }],
    ['no outcomes', { version: 1, state: {} }],
  ])('200 with %s did not come from the server', (_, body) => {
    expect(classifyPush(reply(200, body), 1)).toMatchObject({
      kind: 'failure',
      status: 'offline',
      slow: false,
    });
  });

  it.each([
    [reply(0), 'offline', false],
    [reply(302), 'offline', false],
    [reply(502), 'offline', false],
    [reply(408), 'offline', false],
    [reply(425), 'offline', false],
    [reply(429, { message: 'Too Many Requests' }), 'pending', false],
    [problem(429, 'throttled', { retryable: true }), 'pending', false],
    [problem(503, 'conflict', { retryable: true }), 'pending', false],
    [problem(409, 'some', { retryable: true }), 'pending', false],
    [problem(500, 'internal', { retryable: false }), 'error', false],
    [reply(401, { message: 'Unauthorized' }), 'needsAuth', true],
    [problem(403, 'forbidden'), 'needsAuth', true],
    [reply(403, { message: 'Forbidden' }), 'needsAuth', true],
    [reply(401), 'needsAuth', true],
    [reply(403), 'error', true],
    [problem(404, 'unknown-store'), 'error', true],
    [reply(404, { message: 'Not Found' }), 'error', true],
    [reply(400, { message: 'Bad Request' }), 'error', true],
    [reply(422, { type: 'https://other.example/problem' }), 'error', true],
  ])('%o leaves the batch unchanged', (answer, status, slow) => {
    expect(classifyPush(answer, 2)).toMatchObject({ kind: 'failure', status, slow });
  });

  it('only the server may set a long Retry-After', () => {
    const day = { retryAfterMs: 86_400_000 };
    expect(classifyPush({ ...reply(503), ...day }, 1)).toMatchObject({ retryAfterMs: 300_000 });
    expect(classifyPush({ ...problem(503, 'throttled'), ...day }, 1)).toMatchObject(day);
  });

  it('422 rejected: each action has its own problem', () => {
    const answer = problem(422, 'rejected', { outcomes: [rejected, rejected] });
    expect(classifyPush(answer, 2)).toEqual({
      kind: 'decision',
      problems: [rejected.problem, rejected.problem],
    });
  });

  it.each(['invalid-payload', 'unknown-action-type', 'reducer-failed'])(
    '422 %s: the actions named by index are rejected',
    (slug) => {
      const answer = problem(422, slug, {
        errors: [
          { index: 1, detail: 'no' },
          { index: 1, loc: '/a' },
        ],
      });
      expect(classifyPush(answer, 3)).toMatchObject({
        kind: 'decision',
        problems: [
          undefined,
          {
            type: `/problems/${slug}`,
            errors: [
              { index: 1, detail: 'no' },
              { index: 1, loc: '/a' },
            ],
          },
          undefined,
        ],
      });
    },
  );

  it.each([
    [
      'invalid-payload without an index',
      problem(422, 'invalid-payload', { errors: [{ detail: 'no' }] }),
    ],
    ['an index out of range', problem(422, 'invalid-payload', { errors: [{ index: 7 }] })],
    ['too large', problem(413, 'too-large')],
    ['too large for a proxy', reply(413)],
    ['malformed', problem(400, 'malformed-request')],
    ['method', problem(405, 'method-not-allowed')],
    ['media type', problem(415, 'unsupported-media-type')],
  ])('%s: a batch is halved; a single action is rejected', (_, answer) => {
    expect(classifyPush(answer, 5)).toMatchObject({
      kind: 'decision',
      maxActions: 2,
      problems: [],
    });
    expect(classifyPush(answer, 1)).toMatchObject({
      kind: 'decision',
      problems: [{ status: answer.status }],
    });
  });

  it.each([
    [410, 'deleted', true],
    [412, 'version-mismatch', true],
    [422, 'key-reused', false],
  ])('%i %s: all actions are rejected', (status, slug, isStale) => {
    const answer = classifyPush(problem(status, slug), 3);
    expect(answer).toMatchObject({
      kind: 'decision',
      isStale,
      problems: Array(3).fill({ status }),
    });
    expect(answer).not.toHaveProperty('head');
  });
});

describe('the response to a request for the state', () => {
  it.each([
    [reply(200, { version: 3, state: [] }), { version: 3, state: [] }],
    [problem(404, 'stream-not-found'), { version: 0, state: undefined }],
    [problem(410, 'deleted', { currentVersion: 9 }), { version: 9, state: { $deleted: true } }],
  ])('%o gives the head %o', (answer, head) => {
    expect(classifyPull(answer)).toEqual({ kind: 'decision', head, problems: [] });
  });

  it.each([
    [reply(200), 'offline'],
    [problem(404, 'unknown-store'), 'error'],
    [reply(404), 'error'],
    [reply(401), 'needsAuth'],
    [reply(500), 'offline'],
  ])('%o is a failure', (answer, status) => {
    expect(classifyPull(answer)).toMatchObject({ kind: 'failure', status });
  });
});

describe('the response to a request for what has changed', () => {
  const known: Confirmed = {
    version: 12,
    state: { a: 1 },
    etag: '"12.abc.d"',
    createdAt: '2026',
    shape: 0,
  };
  const patch = { version: 13, since: 12, changes: [], createdAt: '2026' };
  const patched = (etag: string, more: object = {}): Reply | undefined =>
    complete({ ...reply(200, { ...patch, ...more }), etag }, known);

  it('304 is the known state', () => {
    const answer = complete({ ...reply(304), etag: '"12.abc.d"' }, known);
    const { shape: _, ...head } = known;
    expect(answer && classifyPull(answer)).toMatchObject({ kind: 'decision', head });
    // A proxy may say another ETag, which the server would then be asked for.
    expect(complete({ ...reply(304), etag: '"13"' }, known)?.etag).toBe(known.etag);
  });

  it('a patch fits if all of the ETag but the version is equal', () => {
    expect(patched('"13.abc.d"')?.body).toMatchObject({ state: { a: 1 } });
    expect(patched('W/"13.abc.d"')?.body).toMatchObject({ state: { a: 1 } });
    for (const etag of ['"13.abc.e"', '"13.abc"', '"13"']) expect(patched(etag)).toBeUndefined();
    for (const more of [{ since: 11 }, { createdAt: '2027' }])
      expect(patched('"13.abc.d"', more)).toBeUndefined();
  });
});

describe('an answer that was kept on the way', () => {
  const NOW_MS = 1_000_000;
  const known = { version: 5, state: 5, createdAt: '2026-01', serverMs: NOW_MS - 1000, shape: 0 };

  it.each([
    ['an older version', { version: 4 }, -1000, true],
    ['an older version that is dated later', { version: 4 }, 0, false],
    [
      'an older version of a stream that was created later',
      { version: 4, createdAt: '2026-02' },
      -1000,
      false,
    ],
    ['a stream that was created earlier', { version: 9, createdAt: '2025-12' }, -1000, true],
    ['no stream', { version: 0, createdAt: undefined }, -1000, true],
    ['an older version without a date', { version: 4 }, NaN, true],
    ['the same version', {}, -1000, false],
    ['the same version, dated long before the request', {}, -61_000, true],
    ['a newer version', { version: 6 }, -1000, false],
    ['the same version without a date', {}, NaN, false],
  ])('%s', (_, head, agoMs, expected) => {
    expect(isKept({ ...known, ...head }, NOW_MS + agoMs, known, NOW_MS)).toBe(expected);
    expect(
      isKept({ ...known, ...head }, NOW_MS + agoMs, { ...known, serverMs: undefined }, NOW_MS),
    ).toBe(false);
  });
});

// @vitest-environment jsdom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readApi } from '../src/api/openapi';
import { ApiContext } from '../src/api/useApi';
import { AskTheLog } from '../src/ask/AskTheLog';
import type { Answer, Chart, Log, Recipe } from '../src/ask/log';
import { Plot } from '../src/ask/Plot';
import { initialValues, typesOf, wrap } from '../src/ask/values';
import { SignIn } from '../src/user/signIn';
import { SignInContext } from '../src/user/useSignIn';
import { DOCUMENT } from './document';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

const { stores } = readApi(DOCUMENT);
const BY_STEP: Chart = { kind: 'bars', labels: ['action'], values: ['reached'] };
const parameter = { choices: [], least: 0, most: 0 };
const FUNNEL: Recipe = {
  name: 'funnel',
  title: 'Funnel',
  question: 'How many get there?',
  parameters: [
    { ...parameter, name: 'store', label: 'Store', kind: 'store', default: '' },
    { ...parameter, name: 'steps', label: 'Steps', kind: 'actions', default: null },
  ],
  chart: BY_STEP,
  shares: ['of_all'],
};
const ACTORS: Recipe = {
  ...FUNNEL,
  name: 'actors',
  title: 'Actors',
  parameters: [
    {
      ...parameter,
      name: 'period',
      label: 'Period',
      kind: 'choice',
      default: 'week',
      choices: ['day', 'week'],
    },
  ],
};
const LOG: Log = { actions: 3, until: '2026-01-02T03:04:05.678Z', recipes: [FUNNEL, ACTORS] };
const ANSWER: Answer = {
  columns: ['action', 'reached', 'of_all'],
  rows: [
    ['counter/stepped', 1200, 1],
    ['counter/reset', 300, 0.25],
  ],
};

let root: Root;
let container: HTMLElement;

beforeEach(() => {
  container = document.body.appendChild(document.createElement('div'));
  root = createRoot(container);
});

afterEach(() => {
  act(() => {
    root.unmount();
  });
  container.remove();
});

/** Shows the page over a server with these answers; returns what it is asked. */
async function show(answers: Record<string, unknown>, status = 200): Promise<string[]> {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    const [path = ''] = url.split('?');
    return Promise.resolve(Response.json(answers[path], { status }));
  });
  await act(async () => {
    root.render(
      <ApiContext value={readApi(DOCUMENT)}>
        <SignInContext value={new SignIn([], { local: undefined, session: undefined })}>
          <AskTheLog />
        </SignInContext>
      </ApiContext>,
    );
    await Promise.resolve();
  });
  await vi.waitFor(() => {
    expect(container.textContent).not.toContain('Reading the log');
  });
  return asked;
}

const button = (name: string): HTMLElement => {
  const found = [...container.querySelectorAll('button')].find((one) => one.textContent === name);
  if (found === undefined) throw new Error(`expected a button ${name}`);
  return found;
};

const click = (name: string) =>
  act(async () => {
    button(name).click();
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  });

describe('the questions to the log', () => {
  it("a funnel begins with the store's first actions, and is answered by a table and a plot", async () => {
    const asked = await show({ '/_roundtrip/log/': LOG, '/_roundtrip/log/funnel': ANSWER });
    await click('Ask');
    expect(asked.at(-1)).toBe(
      '/_roundtrip/log/funnel?store=counters&steps=counter%2Fstepped&steps=counter%2Freset',
    );
    const cells = [...container.querySelectorAll('td')].map((cell) => cell.textContent);
    expect(cells).toStrictEqual([
      'counter/stepped',
      (1200).toLocaleString(),
      '100%',
      'counter/reset',
      '300',
      '25%',
    ]);
    const drawing = container.querySelector('svg[role=img]');
    expect(drawing?.querySelector('title')?.textContent).toBe('Funnel');
    expect(drawing?.querySelector('desc')?.textContent).toContain('reached by action');
  });

  it('steps can be added up to five, and removed down to two', async () => {
    const asked = await show({ '/_roundtrip/log/': LOG, '/_roundtrip/log/funnel': ANSWER });
    for (let step = 0; step < 3; step += 1) await click('Add a step');
    expect(button('Add a step')).toHaveProperty('disabled', true);
    await click('Ask');
    expect(new URL(asked.at(-1) ?? '', 'http://x').searchParams.getAll('steps')).toHaveLength(5);
    for (let step = 0; step < 3; step += 1) await click('Remove the last step');
    expect(button('Remove the last step')).toHaveProperty('disabled', true);
  });

  it('another recipe has another form, without the answer to the one before', async () => {
    const asked = await show({ '/_roundtrip/log/': LOG, '/_roundtrip/log/funnel': ANSWER });
    await click('Ask');
    await click('Actors');
    expect(container.querySelector('table')).toBeNull();
    await click('Ask');
    expect(asked.at(-1)).toBe('/_roundtrip/log/actors?period=week');
  });

  it("the dev server's message is shown when it refuses", async () => {
    const message = 'The Python package duckdb is not installed: run pip install it.';
    await show({ '/_roundtrip/log/': { message } }, 503);
    expect(container.querySelector('[role=alert]')?.textContent).toBe(message);
  });

  it('an answer without rows says so', async () => {
    const empty = { ...ANSWER, rows: [] };
    await show({ '/_roundtrip/log/': LOG, '/_roundtrip/log/funnel': empty });
    await click('Ask');
    expect(container.textContent).toContain('Nothing in the log answers this.');
  });
});

describe('plots', () => {
  const draw = (chart: Chart, answer: Answer) => {
    act(() => {
      root.render(<Plot recipe={{ ...FUNNEL, chart }} answer={answer} />);
    });
    return [...container.querySelectorAll('rect:not(.track)')].map((rect) =>
      ['x', 'width', 'height', 'fill-opacity'].map((name) => Number(rect.getAttribute(name))),
    );
  };

  it('bars are as long as their values', () => {
    const lengths = draw(BY_STEP, ANSWER).map(([, width]) => width);
    expect(lengths).toStrictEqual([520, 130]);
  });

  it('columns are stacked', () => {
    const chart: Chart = { kind: 'columns', labels: ['day'], values: ['new', 'back'] };
    const columns = ['day', 'new', 'back'];
    const heights = draw(chart, {
      columns,
      rows: [
        ['a', 1, 3],
        ['b', 2, 0],
      ],
    }).map(([, , height]) => height);
    expect(heights).toStrictEqual([44, 132, 88, 0]);
    expect(container.querySelector('[aria-label=Legend]')?.textContent).toBe('newback');
  });

  it('the cells of a grid are shaded by their values', () => {
    const chart: Chart = { kind: 'grid', labels: ['cohort', 'later'], values: ['share'] };
    const columns = ['cohort', 'later', 'share'];
    const cells = draw(chart, {
      columns,
      rows: [
        ['a', 0, 1],
        ['a', 2, 0],
      ],
    });
    expect(cells.map(([, , , opacity]) => opacity)).toStrictEqual([0.45, 0.05]);
    expect((cells[1]?.[0] ?? 0) - (cells[0]?.[0] ?? 0)).toBe(128);
  });
});

describe('values', () => {
  it('all stores have the actions of each', () => {
    expect(typesOf(stores, '')).toStrictEqual(['counter/stepped', 'counter/reset', 'lamp/lit']);
    expect(typesOf(stores, 'lamps')).toStrictEqual(['lamp/lit']);
  });

  it('a store with one action begins with it twice', () => {
    expect(initialValues(FUNNEL, stores, 'lamps')).toStrictEqual({
      store: ['lamps'],
      steps: ['lamp/lit', 'lamp/lit'],
    });
  });

  it('a long word has a line of its own', () => {
    expect(wrap('ab cd efghij k', 5)).toStrictEqual(['ab cd', 'efghij', 'k']);
  });
});

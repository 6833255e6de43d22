import { UnexpectedAnswer } from '../network/unexpectedAnswer';

/** A parameter of a recipe, as the dev server describes it. */
export interface Parameter {
  readonly name: string;
  readonly label: string;
  readonly kind: 'actions' | 'action' | 'store' | 'choice' | 'number';
  /** `null` if the parameter must be given. */
  readonly default: string | null;
  readonly choices: readonly string[];
  readonly least: number;
  readonly most: number;
}

/** How an answer is drawn; the names are those of its columns. */
export interface Chart {
  readonly kind: 'bars' | 'columns' | 'grid';
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

/** A question to the log. */
export interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly parameters: readonly Parameter[];
  readonly chart: Chart;
  /** The columns with numbers from 0 to 1. */
  readonly shares: readonly string[];
}

/** The log as the dev server has read it. */
export interface Log {
  readonly actions: number;
  /** Time of the newest action; `null` if there is none. */
  readonly until: string | null;
  readonly recipes: readonly Recipe[];
}

export type Cell = string | number | null;

export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What is given of each parameter. */
export type Given = Readonly<Record<string, readonly string[]>>;

const PATH = '/_roundtrip/log/';

/** Lets the dev server read the log as it is now. */
export const readLog = (): Promise<Log> => ask(PATH) as Promise<Log>;

/** Asks the log that was read last. */
export function askRecipe(recipe: string, given: Given): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(given)) {
    for (const value of values) query.append(name, value);
  }
  return ask(`${PATH}${recipe}?${query.toString()}`) as Promise<Answer>;
}

/**
 * Like the page's own files, the log comes from the dev server, past the page's network switch.
 *
 * @throws Error with the dev server's own message when it refuses.
 */
async function ask(path: string): Promise<unknown> {
  const response = await fetch(path, { cache: 'no-store' });
  if (response.ok) return response.json();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer: unknown = isJson ? await response.json() : undefined;
  if (typeof answer === 'object' && answer !== null && 'message' in answer) {
    throw new Error(String(answer.message));
  }
  throw new UnexpectedAnswer(path, response.status, undefined);
}

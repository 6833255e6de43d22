import type { StoreApi } from '../api/openapi';
import type { Cell, Given, Parameter, Recipe } from './log';

const FEWEST_STEPS = 2;
export const MOST_STEPS = 5;

/** The types of action of a store, or of all stores if the name is empty. */
export function typesOf(stores: readonly StoreApi[], store: string): readonly string[] {
  const chosen = stores.filter(({ name }) => store === '' || name === store);
  return [...new Set(chosen.flatMap(({ actions }) => actions.map(({ type }) => type)))];
}

/** The values that a form begins with: actions are the first ones of the store. */
export function initialValues(recipe: Recipe, stores: readonly StoreApi[], store: string): Given {
  const types = typesOf(stores, store);
  let next = 0;
  const first = (parameter: Parameter): readonly string[] => {
    if (parameter.kind === 'store') return [store];
    if (parameter.default !== null) return [parameter.default];
    const count = parameter.kind === 'actions' ? FEWEST_STEPS : 1;
    return Array.from({ length: count }, () => types[next++ % types.length] ?? '');
  };
  return Object.fromEntries(recipe.parameters.map((each) => [each.name, first(each)]));
}

const NUMBER = new Intl.NumberFormat();
const SHARE = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

/** The text of a cell. */
export function formatCell(value: Cell, isShare: boolean): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return (isShare ? SHARE : NUMBER).format(value);
}

/** The heading of a column. */
export const titleOf = (column: string): string => column.replaceAll('_', ' ');

/** Breaks a text into lines of at most this many characters, where it has spaces. */
export function wrap(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

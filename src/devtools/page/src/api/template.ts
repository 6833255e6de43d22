import type { Json } from '../json';
import { alternativesOf, at, isObject, resolve, type Schema, type Schemas } from './openapi';

const BY_FORMAT: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'ada@example.com',
  time: '12:00:00Z',
  uri: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};
const FILLER = 'text';

/**
 * Makes a sample value for a JSON Schema, from its examples and defaults where it has them.
 *
 * An object gets its required fields and those with an example or a default. If no field is
 * required, it gets all of them. Patterns are ignored: the server reports what it expects.
 */
export function templateOf(schema: Schema, schemas: Schemas): Json {
  return fill(schema, schemas, []);
}

function fill(schema: Schema, schemas: Schemas, within: readonly Schema[]): Json {
  const given = givenValue(schema);
  if (given !== undefined) return given;
  const resolved = resolve(schema, schemas);
  // A recursive model ends here.
  if (within.includes(resolved)) return null;
  const outer = resolved === schema ? within : [...within, resolved];
  const named = givenValue(resolved);
  if (named !== undefined) return named;
  const inner = (part: Schema) => fill(part, schemas, outer);

  const all = at(resolved, 'allOf');
  if (Array.isArray(all)) return merged((all as Schema[]).map(inner));
  const [first] = alternativesOf(resolved).filter((part) => at(part, 'type') !== 'null');
  if (first !== undefined) return inner(first);
  return fillType(resolved, inner);
}

function fillType(schema: Schema, inner: (part: Schema) => Json): Json {
  switch (typeOf(schema)) {
    case 'object':
      return fillObject(schema, inner);
    case 'array': {
      const items = at(schema, 'items') as Schema | undefined;
      const places = at(schema, 'prefixItems');
      if (Array.isArray(places)) return (places as Schema[]).map(inner);
      return Array.from({ length: numberAt(schema, 'minItems') ?? 0 }, () => inner(items ?? true));
    }
    case 'string':
      return fillString(schema);
    case 'integer':
    case 'number':
      return leastNumber(schema);
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function fillObject(schema: Schema, inner: (part: Schema) => Json): Json {
  const properties = at(schema, 'properties');
  const required = at(schema, 'required');
  const fields = Object.entries(isObject(properties) ? properties : {}) as [string, Schema][];
  const names = new Set(Array.isArray(required) ? (required as string[]) : []);
  const chosen = fields.filter(
    ([name, field]) => names.size === 0 || names.has(name) || (givenValue(field) ?? null) !== null,
  );
  return Object.fromEntries(chosen.map(([name, field]) => [name, inner(field)]));
}

function fillString(schema: Schema): string {
  const format = at(schema, 'format');
  const known = typeof format === 'string' ? BY_FORMAT[format] : undefined;
  if (known !== undefined) return known;
  const least = numberAt(schema, 'minLength') ?? 0;
  const most = numberAt(schema, 'maxLength') ?? Infinity;
  return least === 0 ? '' : FILLER.repeat(Math.ceil(least / FILLER.length)).slice(0, most);
}

function leastNumber(schema: Schema): number {
  const above = numberAt(schema, 'exclusiveMinimum');
  const least = numberAt(schema, 'minimum') ?? (above === undefined ? undefined : above + 1);
  const most = numberAt(schema, 'maximum');
  return least ?? (most !== undefined && most < 0 ? most : 0);
}

/** Returns the value that the schema itself suggests, by the most specific keyword. */
function givenValue(schema: Schema): Json | undefined {
  const [example] = listAt(schema, 'examples');
  const [choice] = listAt(schema, 'enum');
  return example ?? at(schema, 'default') ?? at(schema, 'const') ?? choice;
}

function listAt(schema: Schema, keyword: string): readonly Json[] {
  const list = at(schema, keyword);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}

function typeOf(schema: Schema): string {
  const type = at(schema, 'type');
  if (typeof type === 'string') return type;
  const named = listAt(schema, 'type').find((name) => name !== 'null');
  if (typeof named === 'string') return named;
  return at(schema, 'properties') === undefined ? '' : 'object';
}

function numberAt(schema: Schema, keyword: string): number | undefined {
  const value = at(schema, keyword);
  return typeof value === 'number' ? value : undefined;
}

const merged = (parts: readonly Json[]): Json =>
  parts.every(isObject)
    ? Object.fromEntries(parts.flatMap((part) => Object.entries(part)))
    : (parts[0] ?? null);

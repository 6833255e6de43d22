import type { Json, JsonObject } from '../json';

/** A JSON Schema, https://json-schema.org/draft/2020-12/schema. */
export type Schema = boolean | JsonObject;

/** The schemas that a document names, by their names. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A kind of action that a store takes. */
export interface ActionKind {
  readonly type: string;
  /** What the model's docstring says of the payload; may be empty. */
  readonly description: string;
  /** `undefined`: the action has no payload. */
  readonly payload: Schema | undefined;
}

export interface StoreApi {
  readonly name: string;
  readonly actions: readonly ActionKind[];
}

/** What the page knows of an API: its stores, in the order in which the API lists them. */
export interface Api {
  readonly stores: readonly StoreApi[];
  readonly schemas: Schemas;
}

const DISPATCH_PATH = /^\/stores\/([^/{}]+)\/\{id\}\/actions$/;
const REF = '#/components/schemas/';

/** Finds the stores in the API's OpenAPI document. */
export function readApi(document: Json): Api {
  const schemas = at(document, 'components', 'schemas');
  const api = { schemas: isObject(schemas) ? (schemas as Schemas) : {} };
  const paths = at(document, 'paths');
  const stores = Object.entries(isObject(paths) ? paths : {}).flatMap(([path, item]) => {
    const name = DISPATCH_PATH.exec(path)?.[1];
    if (name === undefined) return [];
    const content = at(item, 'post', 'requestBody', 'content', 'application/json', 'schema');
    return [{ name, actions: [...actionsIn(content as Schema | undefined, api.schemas)] }];
  });
  return { ...api, stores };
}

/** The schema itself, or the one that it refers to. */
export function resolve(schema: Schema | undefined, schemas: Schemas): Schema {
  const ref = at(schema, '$ref');
  if (typeof ref !== 'string' || !ref.startsWith(REF)) return schema ?? true;
  return schemas[ref.slice(REF.length)] ?? true;
}

/** The alternatives of a union; of a schema that is none, nothing. */
export function alternativesOf(schema: Schema): readonly Schema[] {
  return ['oneOf', 'anyOf'].flatMap((keyword) => {
    const list = at(schema, keyword);
    return Array.isArray(list) ? (list as Schema[]) : [];
  });
}

/** The value under a path of keys; `undefined` where there is none. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* actionsIn(schema: Schema | undefined, schemas: Schemas): Generator<ActionKind> {
  const resolved = resolve(schema, schemas);
  const type = at(resolved, 'properties', 'type', 'const');
  if (typeof type !== 'string') {
    // An array of actions, the other thing that a body may be, is no union.
    for (const alternative of alternativesOf(resolved)) yield* actionsIn(alternative, schemas);
    return;
  }
  const payload = at(resolved, 'properties', 'payload') as Schema | undefined;
  const description = at(resolve(payload, schemas), 'description');
  yield {
    type,
    description: typeof description === 'string' ? description : '',
    payload: at(payload, 'type') === 'null' ? undefined : payload,
  };
}

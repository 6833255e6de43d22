import type { Json, JsonObject } from '../json';

/** A JSON Schema, https://json-schema.org/draft/2020-12/schema. */
export type Schema = boolean | JsonObject;

/** A document's named schemas. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A type of action that a store accepts. */
export interface ActionKind {
  readonly type: string;
  /** The docstring of the payload's model; may be empty. */
  readonly description: string;
  /** `undefined` if the action has no payload. */
  readonly payload: Schema | undefined;
}

export interface StoreApi {
  readonly name: string;
  readonly actions: readonly ActionKind[];
}

/** An API's stores, in the order of its OpenAPI document, and their schemas. */
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

/** Follows a schema's `$ref`; returns the schema itself if it has none. */
export function resolve(schema: Schema | undefined, schemas: Schemas): Schema {
  const ref = at(schema, '$ref');
  if (typeof ref !== 'string' || !ref.startsWith(REF)) return schema ?? true;
  return schemas[ref.slice(REF.length)] ?? true;
}

/** Returns the alternatives of a union; empty for any other schema. */
export function alternativesOf(schema: Schema): readonly Schema[] {
  return ['oneOf', 'anyOf'].flatMap((keyword) => {
    const list = at(schema, keyword);
    return Array.isArray(list) ? (list as Schema[]) : [];
  });
}

/** Returns the value under a path of keys; `undefined` if there is none. */
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
    // A body is one action or an array of actions; the array has no alternatives and adds nothing.
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

import { copyOf, isPlain, setMember } from './json.js';

/** An operation of a patch from the server; its members are not checked yet. */
interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly value?: unknown;
}

/** An array or an object. */
type Members = unknown[] & Record<string, unknown>;

/**
 * Applies a JSON Patch, https://www.rfc-editor.org/rfc/rfc6902, with the operations `add`, `remove`
 * and `replace`. Copies only the objects and arrays on the paths; all others keep their identity.
 *
 * @throws TypeError when an operation is malformed or does not apply.
 */
export function applyPatch(document: unknown, patch: unknown): unknown {
  /** Made by this patch, so that the next operation may change them in place. */
  const copies = new Set<unknown>();

  const edit = (node: unknown, names: readonly string[], operation: Operation): unknown => {
    const { op, value } = operation;
    const [name, ...rest] = names;
    if (name === undefined) return op === 'remove' ? refuse(operation) : value;
    const isList = Array.isArray(node);
    if (!isList && !isPlain(node)) return refuse(operation);
    const copy = (copies.has(node) ? node : copyOf(node)) as Members;
    copies.add(copy);
    const isAdding = op === 'add' && !rest.length;
    const end = String(copy.length);
    const key = isList && name === '-' ? end : name;
    // The length of an array is not enumerable.
    const isThere = Object.prototype.propertyIsEnumerable.call(copy, key);
    if (!isThere && !(isAdding && (!isList || key === end))) refuse(operation);
    if (rest.length) setMember(copy, key, edit(copy[key], rest, operation));
    else if (isList && op !== 'replace')
      copy.splice(+key, +!isAdding, ...(isAdding ? [value] : []));
    else if (op === 'remove') Reflect.deleteProperty(copy, key);
    else setMember(copy, key, value);
    return copy;
  };

  if (!Array.isArray(patch)) return refuse(patch);
  return patch.reduce<unknown>(
    (node, operation: Operation) => edit(node, namesIn(operation), operation),
    document,
  );
}

/** Returns the names in an operation's path, https://www.rfc-editor.org/rfc/rfc6901. */
function namesIn(operation: Operation): string[] {
  const { op, path, value } = operation;
  const isKnown = op === 'remove' || (value !== undefined && (op === 'add' || op === 'replace'));
  if (!isKnown || !/^(\/([^~]|~[01])*)?$/.test(path as string)) return refuse(operation);
  const names = (path as string).split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function refuse(received: unknown): never {
  throw new TypeError(`Patch does not apply: ${JSON.stringify(received)}`);
}

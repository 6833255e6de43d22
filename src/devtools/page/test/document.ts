import type { Json } from '../src/json';

const dispatches = (name: string): Json => {
  const action = { $ref: `#/components/schemas/${name}` };
  const schema = { oneOf: [action, { type: 'array', items: action, minItems: 1, maxItems: 100 }] };
  return { post: { requestBody: { content: { 'application/json': { schema } } } } };
};

const action = (type: string, payload: Json): Json => ({
  type: 'object',
  properties: { type: { const: type, type: 'string' }, payload, meta: {} },
  required: ['type'],
});

/** Describes a store with two types of action, and one with a single type. */
export const DOCUMENT: Json = {
  openapi: '3.1.0',
  paths: {
    '/health': { get: {} },
    '/stores/counters/{id}/actions': dispatches('CountersAction'),
    '/stores/counters/{id}': { get: {} },
    '/stores/lamps/{id}/actions': dispatches('LampLit'),
    '/lamps/{id}': { get: {} },
  },
  components: {
    schemas: {
      CountersAction: {
        oneOf: [
          { $ref: '#/components/schemas/CounterStepped' },
          { $ref: '#/components/schemas/CounterReset' },
        ],
      },
      CounterStepped: action('counter/stepped', { $ref: '#/components/schemas/Step' }),
      CounterReset: action('counter/reset', { type: 'null' }),
      LampLit: action('lamp/lit', { type: 'boolean' }),
      Step: { type: 'object', description: 'So far.', properties: { by: { type: 'integer' } } },
    },
  },
};

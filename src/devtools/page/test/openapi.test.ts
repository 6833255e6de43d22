import { describe, expect, it } from 'vitest';
import { readApi } from '../src/api/openapi';
import type { Json } from '../src/json';
import { DOCUMENT } from './document';

describe('the API read from an OpenAPI document', () => {
  it('has each store with its actions, in the order of the document', () => {
    expect(readApi(DOCUMENT).stores).toStrictEqual([
      {
        name: 'counters',
        actions: [
          {
            type: 'counter/stepped',
            description: 'So far.',
            payload: { $ref: '#/components/schemas/Step' },
          },
          { type: 'counter/reset', description: '', payload: undefined },
        ],
      },
      {
        name: 'lamps',
        actions: [{ type: 'lamp/lit', description: '', payload: { type: 'boolean' } }],
      },
    ]);
  });

  it.each<Json>([{}, null, [], { paths: { '/stores/odd/{id}/actions': {} } }])(
    'has no actions for %j',
    (document) => {
      expect(readApi(document).stores.flatMap(({ actions }) => actions)).toStrictEqual([]);
    },
  );
});

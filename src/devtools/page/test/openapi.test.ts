import { describe, expect, it } from 'vitest';
import { readApi } from '../src/api/openapi';
import type { Json } from '../src/json';
import { DOCUMENT } from './document';

describe('what the page reads of an OpenAPI document', () => {
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
    'of %j it makes no action up',
    (document) => {
      expect(readApi(document).stores.flatMap(({ actions }) => actions)).toStrictEqual([]);
    },
  );
});

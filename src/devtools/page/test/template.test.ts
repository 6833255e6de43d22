import { describe, expect, it } from 'vitest';
import type { Schema } from '../src/api/openapi';
import { templateOf } from '../src/api/template';
import type { Json } from '../src/json';

const TEXT = { type: 'string' };
const SCHEMAS = {
  Line: {
    type: 'object',
    properties: {
      sku: { type: 'string', minLength: 1 },
      quantity: { type: 'integer', minimum: 1 },
    },
    required: ['sku', 'quantity'],
  },
  Tree: {
    type: 'object',
    properties: { name: TEXT, parent: { $ref: '#/components/schemas/Tree' } },
    required: ['name', 'parent'],
  },
};

describe('the template of a payload', () => {
  it.each<[string, Schema, Json]>([
    ['a text', TEXT, ''],
    ['a text that must not be empty', { type: 'string', minLength: 1 }, 'text'],
    ['a text of a certain length', { type: 'string', minLength: 6, maxLength: 6 }, 'textte'],
    ['a day', { type: 'string', format: 'date' }, '2026-01-31'],
    ['a number', { type: 'number' }, 0],
    ['a number from 1', { type: 'integer', minimum: 1 }, 1],
    ['a number above 1', { type: 'integer', exclusiveMinimum: 1 }, 2],
    ['a number below 0', { type: 'integer', maximum: -1 }, -1],
    ['a truth', { type: 'boolean' }, false],
    ['null', { type: 'null' }, null],
    ['anything', {}, null],
    ['anything, said in one word', true, null],
    ['a constant', { const: 'kept', type: 'string' }, 'kept'],
    ['a choice', { enum: ['red', 'blue'], type: 'string' }, 'red'],
    ['its default', { type: 'integer', minimum: 1, default: 5 }, 5],
    ['its example, before its default', { default: 5, examples: [7, 8] }, 7],
    ['what may be null', { anyOf: [{ type: 'null' }, TEXT] }, ''],
    ['what may be null, said by its types', { type: ['null', 'integer'] }, 0],
    ['a list', { type: 'array', items: TEXT }, []],
    ['a list of two', { type: 'array', items: TEXT, minItems: 2 }, ['', '']],
    ['a pair', { type: 'array', prefixItems: [TEXT, { type: 'integer' }] }, ['', 0]],
    ['a model', { $ref: '#/components/schemas/Line' }, { sku: 'text', quantity: 1 }],
    ['a model that is not there', { $ref: '#/components/schemas/Gone' }, null],
    ['a recursive model', { $ref: '#/components/schemas/Tree' }, { name: '', parent: null }],
    [
      'two merged models',
      { allOf: [{ $ref: '#/components/schemas/Line' }, { properties: { note: TEXT } }] },
      { sku: 'text', quantity: 1, note: '' },
    ],
    [
      'an object: required fields, and those with an example or a default other than null',
      {
        type: 'object',
        properties: {
          name: TEXT,
          colour: { type: 'string', examples: ['red'] },
          email: { anyOf: [TEXT, { type: 'null' }], default: null },
          age: { type: 'integer' },
        },
        required: ['name'],
      },
      { name: '', colour: 'red' },
    ],
    [
      'an object without required fields: all fields',
      { type: 'object', properties: { name: TEXT, age: { type: 'integer' } } },
      { name: '', age: 0 },
    ],
    ['an object of any keys', { type: 'object', additionalProperties: TEXT }, {}],
  ])('%s', (_, schema, expected) => {
    expect(templateOf(schema, SCHEMAS)).toStrictEqual(expected);
  });
});

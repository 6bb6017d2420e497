import fc, { type Arbitrary } from 'fast-check';
import { resolved, type Document, type JsonSchema } from './json-schema.js';

/** Texts at which parsers, databases and pages go wrong. */
const NASTY = [
  ...['', ' ', '\0', 'null', 'undefined', '__proto__', 'constructor', '-1', '1e309', 'NaN', '٣'],
  ...[
    "' or 1=1 --",
    '<script>alert(1)</script>',
    '../../etc/passwd',
    '%00',
    '%',
    '\ud800',
    '\u202e',
  ],
  ...['x'.repeat(5000), '00000000-0000-0000-0000-000000000000', '2026-02-30', '9'.repeat(400)],
];

export const anyText = (): Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 30 }), fc.string({ unit: 'binary' }));

/** Values that the schema allows, as far as it says. */
export function valueOf(given: JsonSchema, document: Document): Arbitrary<unknown> {
  const schema = resolved(given, document);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((one) => valueOf(one, document)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema, document)));
}

function ofType(type: string, schema: JsonSchema, document: Document): Arbitrary<unknown> {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -10, max: schema.maximum ?? 2 ** 31 });
    case 'array': {
      const { minItems: minLength = 0, maxItems: maxLength = 4 } = schema;
      return fc.array(valueOf(schema.items ?? {}, document), { minLength, maxLength });
    }
    case 'object':
      return objectOf(schema, document);
    default:
      return textOf(schema);
  }
}

function textOf({ format, minLength = 0, maxLength = 40 }: JsonSchema): Arbitrary<string> {
  if (format === 'date' || format === 'date-time') {
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (format === 'uuid') return fc.uuid();
  return fc.oneof(fc.string({ minLength, maxLength: Math.min(maxLength, 200) }), anyText());
}

function objectOf(schema: JsonSchema, document: Document): Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema;
  const values = Object.entries(properties).map(([name, inner]) => [
    name,
    valueOf(inner, document),
  ]);
  return fc.record(Object.fromEntries(values) as Record<string, Arbitrary<unknown>>, {
    requiredKeys: required,
  });
}

/** Mostly what is allowed, now and then something else in some place, or something else altogether. */
export function nearly(schema: JsonSchema, document: Document): Arbitrary<unknown> {
  const right = valueOf(schema, document);
  const spoilt = fc
    .tuple(right, anyText(), fc.jsonValue({ maxDepth: 2 }))
    .map(([value, name, inner]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, [name]: inner }
        : inner,
    );
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 2, arbitrary: spoilt },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
}

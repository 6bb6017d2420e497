/** What our document uses of JSON Schema 2020-12. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

export interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, { schema?: JsonSchema }> }>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, JsonSchema> };
}

export function resolved(schema: JsonSchema, document: Document): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  const found = document.components?.schemas?.[name];
  if (found === undefined) throw new Error(`the document has no ${schema.$ref}`);
  return found;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function hasType(value: unknown, { type }: JsonSchema): boolean {
  if (type === undefined) return true;
  const found = typeOf(value);
  return [type].flat().some((one) => one === found || (one === 'number' && found === 'integer'));
}

/** Where a value is not what its schema says, and how; none when all is well. */
export function mismatches(
  value: unknown,
  given: JsonSchema,
  document: Document,
  at = '$',
): string[] {
  const schema = resolved(given, document);
  const of = (inner: JsonSchema) => mismatches(value, inner, document, at);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined && choices.every((choice) => of(choice).length > 0)) {
    return [`${at} is none of its choices: ${JSON.stringify(value)}`];
  }
  if (!hasType(value, schema)) return [`${at} is ${typeOf(value)}, not ${String(schema.type)}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${at} is ${JSON.stringify(value)}, which is not in its list`];
  }
  if ('const' in schema && schema.const !== value) return [`${at} is not ${String(schema.const)}`];
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum || value > maximum) return [`${at} is ${value}, out of its bounds`];
  }
  return [
    ...(schema.allOf ?? []).flatMap(of),
    ...(Array.isArray(value) && schema.items
      ? value.flatMap((item, index) =>
          mismatches(item, schema.items ?? {}, document, `${at}[${index}]`),
        )
      : []),
    ...(typeOf(value) === 'object' ? inObject(value as object, schema, { document, at }) : []),
  ];
}

function inObject(
  value: object,
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  { document, at }: { document: Document; at: string },
): string[] {
  const missing = required.filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const schema = properties[name] ?? additionalProperties;
      if (schema === false) return [`${at}.${name} is not in the document`];
      if (schema === undefined || schema === true) return [];
      return mismatches(inner, schema, document, `${at}.${name}`);
    }),
  ];
}

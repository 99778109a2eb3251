/**
 * What a property test knows of a kind: the few fields it changes, how they merge, and random contents for them.
 *
 * Deliberately not the server's schemas: a model that read those would believe their mistakes.
 */
import * as fc from 'fast-check';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonMap = Record<string, Json>;

export type Shape =
  /** one value */
  | { readonly is: 'leaf'; readonly values: readonly Json[]; readonly fallback?: Json }
  | { readonly is: 'struct'; readonly fields: Readonly<Record<string, Shape>> }
  /** texts by name; `whole`: apply owns it as one value, patches merge it all the same */
  | { readonly is: 'map'; readonly fixed?: JsonMap; readonly whole?: boolean }
  /** each value at most once */
  | { readonly is: 'set'; readonly pool: readonly string[] }
  /** replaced as one by every kind of patch */
  | { readonly is: 'atomic'; readonly values: readonly Json[] }
  /** items told apart by keys; strategic merge looks at the first key only */
  | {
      readonly is: 'keyed';
      readonly keys: readonly string[];
      readonly pool: readonly JsonMap[];
      readonly fields: Readonly<Record<string, Shape>>;
    };

type Keyed = Extract<Shape, { is: 'keyed' }>;

/** How much of what may be there a random content has. */
export type Fullness =
  | 'whole items'
  | 'parts of items'
  /** what a merge patch says: nulls delete, lists are whole */
  | 'nulls, lists whole'
  /** what a strategic merge patch says */
  | 'nulls, lists in parts';

const NAMES = ['x', 'y', 'z'];
const TEXTS = ['0', '1'];

export const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const withoutUndefined = (value: object) => JSON.parse(JSON.stringify(value)) as JsonMap;

function fieldsArbitrary(fields: Readonly<Record<string, Shape>>, fullness: Fullness): fc.Arbitrary<JsonMap> {
  const entries = Object.entries(fields).map(([name, shape]) => [name, arbitraryOf(shape, fullness)]);
  const all = Object.fromEntries(entries) as Record<string, fc.Arbitrary<Json>>;
  return fc.record(all, { requiredKeys: [] }).map(withoutUndefined);
}

function itemArbitrary({ fields }: Keyed, fullness: Fullness): fc.Arbitrary<JsonMap> {
  if (fullness !== 'whole items') return fieldsArbitrary(fields, fullness);
  const entries = Object.entries(fields).map(([name, shape]) => [name, arbitraryOf(shape, fullness)]);
  return fc.record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<Json>>);
}

/** Random content of a shape. Nulls are what merge and strategic merge patches delete with. */
export function arbitraryOf(shape: Shape, fullness: Fullness): fc.Arbitrary<Json> {
  const content = contentOf(shape, fullness);
  if (!fullness.startsWith('nulls') || shape.is === 'struct') return content;
  return fc.oneof({ weight: 4, arbitrary: content }, { weight: 1, arbitrary: fc.constant(null) });
}

function contentOf(shape: Shape, fullness: Fullness): fc.Arbitrary<Json> {
  switch (shape.is) {
    case 'leaf':
    case 'atomic':
      return fc.constantFrom(...shape.values);
    case 'struct':
      return fieldsArbitrary(shape.fields, fullness);
    case 'set':
      return fc.subarray([...shape.pool], { minLength: 1 });
    case 'map': {
      const text: fc.Arbitrary<Json> = fc.constantFrom(...TEXTS, ...(fullness.startsWith('nulls') ? [null] : []));
      const random = fc.dictionary(fc.constantFrom(...NAMES), text, { minKeys: 1, noNullPrototype: true });
      return random.map((map) => ({ ...map, ...(fullness.startsWith('nulls') ? {} : shape.fixed) }));
    }
    case 'keyed':
      return fc
        .subarray([...shape.pool], { minLength: 1 })
        .chain((keys) =>
          fc
            .tuple(
              ...keys.map((key) =>
                itemArbitrary(shape, fullness === 'nulls, lists whole' ? 'whole items' : fullness).map((item) =>
                  withoutUndefined({ ...key, ...item }),
                ),
              ),
            )
            .map((items) => items as Json[]),
        );
  }
}

/** Paths with values as server-side apply sees them: `.spec.ports[port=80,protocol="TCP"].name`. Lists and maps have no value of their own. */
export function tableOf(shape: Shape, content: Json | undefined, path = ''): Map<string, string> {
  const table = new Map<string, string>();
  const add = (inner: Shape, value: Json | undefined, at: string) => {
    for (const [name, text] of tableOf(inner, value, at)) table.set(name, text);
  };
  if (content === undefined || content === null) return table;
  if (shape.is === 'leaf' || shape.is === 'atomic') table.set(path, JSON.stringify(content));
  else if (shape.is === 'set')
    for (const value of content as string[]) table.set(`${path}[=${JSON.stringify(value)}]`, value);
  else if (shape.is === 'struct') {
    for (const [name, inner] of Object.entries(shape.fields)) add(inner, (content as JsonMap)[name], `${path}.${name}`);
  } else if (shape.is === 'map') {
    if (shape.whole) table.set(path, JSON.stringify(sorted(content as JsonMap)));
    else for (const [name, value] of Object.entries(content as JsonMap)) table.set(`${path}.${name}`, String(value));
  } else {
    for (const item of content as JsonMap[]) {
      const at = `${path}${keyText(shape, item)}`;
      table.set(at, 'an item');
      for (const key of shape.keys) table.set(`${at}.${key}`, JSON.stringify(item[key]));
      for (const [name, inner] of Object.entries(shape.fields)) add(inner, item[name], `${at}.${name}`);
    }
  }
  return table;
}

const sorted = (map: JsonMap) => Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

/** An item's element of a path: `[name="c"]`. */
export function keyText({ keys }: Keyed, item: JsonMap): string {
  return `[${keys.map((key) => `${key}=${JSON.stringify(item[key])}`).join(',')}]`;
}

/** What of an object the shape knows; what is empty counts as absent, and what is absent as its default. */
export function projected(shape: Shape, object: Json | undefined): Json | undefined {
  if (object === undefined || object === null) return shape.is === 'leaf' ? shape.fallback : undefined;
  if (shape.is === 'leaf' || shape.is === 'atomic') return object;
  if (shape.is === 'map' || shape.is === 'set') return Object.keys(object).length > 0 ? object : undefined;
  if (shape.is === 'struct') return projectedFields(shape.fields, object as JsonMap);
  const items = (object as JsonMap[]).map((item) => ({
    ...Object.fromEntries(shape.keys.map((key) => [key, item[key] as Json])),
    ...((projectedFields(shape.fields, item) as JsonMap | undefined) ?? {}),
  }));
  return items.length > 0 ? items : undefined;
}

function projectedFields(fields: Readonly<Record<string, Shape>>, object: JsonMap): Json | undefined {
  const entries = Object.entries(fields).flatMap(([name, inner]): [string, Json][] => {
    const value = projected(inner, object[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The same with the items of keyed lists and sets in an order of their own, for comparing where order is not promised. */
export function unordered(shape: Shape, content: Json | undefined): Json | undefined {
  if (content === undefined || content === null) return undefined;
  if (shape.is === 'set') return [...(content as string[])].sort();
  if (shape.is === 'map') return sorted(content as JsonMap);
  if (shape.is === 'struct') return unorderedFields(shape.fields, content as JsonMap);
  if (shape.is !== 'keyed') return content;
  const text = (item: JsonMap) => keyText(shape, item);
  return (content as JsonMap[])
    .map((item) => ({ ...item, ...unorderedFields(shape.fields, item) }))
    .sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function unorderedFields(fields: Readonly<Record<string, Shape>>, content: JsonMap): JsonMap {
  const entries = Object.entries(fields).flatMap(([name, inner]): [string, Json][] => {
    const value = unordered(inner, content[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

import fc from 'fast-check';
import { FieldSet } from './field-set';
import { canonicalElement, compareElements, shownPath } from './path-element';
import { storedContains, storedIntersects } from './stored-fields';

const POD = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
  'f:spec': {
    'f:containers': {
      'k:{"name":"a"}': {
        '.': {},
        'f:image': {},
        'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {} } },
      },
    },
  },
};

describe('FieldSet.fromFieldsV1() and toFieldsV1()', () => {
  test('give back what they were given', () => {
    const once = FieldSet.fromFieldsV1(POD).toFieldsV1();
    // A member with nothing below is written without the dot.
    expect(once['f:spec']).toEqual({
      'f:containers': {
        'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': {} } },
      },
    });
    expect(JSON.stringify(FieldSet.fromFieldsV1(once).toFieldsV1())).toBe(JSON.stringify(once));
  });

  test('write fields, then keyed items, then set members, then positions, numbers by size', () => {
    const set = FieldSet.of(
      ['i:10'],
      ['i:9'],
      ['v:"b"'],
      ['v:2'],
      ['v:10'],
      ['k:{"port":443}'],
      ['k:{"port":80}'],
      ['f:z'],
      ['f:a'],
    );
    expect(Object.keys(set.toFieldsV1())).toEqual([
      'f:a',
      'f:z',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:2',
      'v:10',
      'v:"b"',
      'i:9',
      'i:10',
    ]);
  });

  test('bring keys into one order and ignore steps of unknown kinds', () => {
    const set = FieldSet.fromFieldsV1({ 'k:{ "protocol":"TCP", "containerPort":80 }': {}, 'x:future': {} });
    expect(set.toFieldsV1()).toEqual({ 'k:{"containerPort":80,"protocol":"TCP"}': {} });
  });

  test.each([['nocolon'], ['f'], [''], ['k:{"a"'], ['k:[1]'], ['v:nope'], ['i:x']])('refuse the step %j', (text) => {
    expect(() => FieldSet.fromFieldsV1({ [text]: {} })).toThrow();
  });

  test.each([[null], ['text'], [[]], [{ 'f:a': null }], [{ 'f:a': 1 }]])('refuse %j', (fields) => {
    expect(() => FieldSet.fromFieldsV1(fields)).toThrow();
  });
});

describe('FieldSet', () => {
  const set = FieldSet.fromFieldsV1(POD);

  test('has() tells a member from a step on the way to one', () => {
    expect(set.has(['f:metadata', 'f:labels'])).toBe(true);
    expect(set.has(['f:metadata'])).toBe(false);
    expect(set.has(['f:metadata', 'f:labels', 'f:app'])).toBe(true);
    expect(set.has(['f:metadata', 'f:labels', 'f:app', 'f:x'])).toBe(false);
    expect(set.has([])).toBe(false);
  });

  test('without() takes everything below along, difference() does not', () => {
    const labels = FieldSet.of(['f:metadata', 'f:labels']);
    expect(set.difference(labels).has(['f:metadata', 'f:labels', 'f:app'])).toBe(true);
    expect(set.without(labels).has(['f:metadata', 'f:labels', 'f:app'])).toBe(false);
    expect(set.without(FieldSet.of(['f:metadata'])).elements()).toEqual(['f:spec']);
  });

  test('shownPath() writes paths as Kubernetes does', () => {
    expect(set.paths().map(shownPath)).toEqual([
      '.metadata.labels',
      '.metadata.labels.app',
      '.spec.containers[name="a"]',
      '.spec.containers[name="a"].image',
      '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]',
    ]);
    expect(shownPath(['f:finalizers', 'v:"x"', 'i:3'])).toBe('.finalizers[="x"][3]');
  });
});

describe('laws of sets', () => {
  const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"a"}', 'k:{"name":"b"}', 'v:1', 'i:0');
  const path = fc.array(element, { minLength: 1, maxLength: 4 });
  const sets = fc.array(path, { maxLength: 12 }).map((paths) => FieldSet.of(...paths));

  test('a set contains its paths and no others', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), path, (paths, other) => {
        const set = FieldSet.of(...paths);
        const texts = new Set(paths.map((each) => each.join()));
        expect(new Set(set.paths().map((each) => each.join()))).toEqual(texts);
        expect(set.has(other)).toBe(texts.has(other.join()));
      }),
    );
  });

  test('union, intersection and difference hold path by path', () => {
    fc.assert(
      fc.property(sets, sets, path, (a, b, at) => {
        expect(a.union(b).has(at)).toBe(a.has(at) || b.has(at));
        expect(a.intersection(b).has(at)).toBe(a.has(at) && b.has(at));
        expect(a.difference(b).has(at)).toBe(a.has(at) && !b.has(at));
        const isBelow = at.some((_, depth) => b.has(at.slice(0, depth + 1)));
        expect(a.without(b).has(at)).toBe(a.has(at) && !isBelow);
      }),
    );
  });

  test('equal sets are written alike, and read back equal', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), (paths) => {
        const a = FieldSet.of(...paths);
        const b = FieldSet.of(...[...paths].reverse());
        expect(a.equals(b)).toBe(true);
        expect(JSON.stringify(a.toFieldsV1())).toBe(JSON.stringify(b.toFieldsV1()));
        expect(FieldSet.fromFieldsV1(a.toFieldsV1()).equals(a)).toBe(true);
      }),
    );
  });

  test('emptiness and equality agree with the paths', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(a.difference(a).isEmpty()).toBe(true);
        expect(a.isEmpty()).toBe(a.paths().length === 0);
        const isEqual = a.difference(b).isEmpty() && b.difference(a).isEmpty();
        expect(a.equals(b)).toBe(isEqual);
        expect(a.intersection(b).equals(b.intersection(a))).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
      }),
    );
  });

  test('storedContains() and storedIntersects() answer as the sets would', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(storedContains(a.toFieldsV1(), b)).toBe(b.difference(a).isEmpty());
        expect(storedIntersects(a.toFieldsV1(), b)).toBe(!a.intersection(b).isEmpty());
      }),
    );
  });

  test('compareElements() is an order', () => {
    const any = fc.oneof(
      fc.string().map((name) => `f:${name}`),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()).map((value) => `v:${JSON.stringify(value)}`),
      fc.record({ a: fc.oneof(fc.string(), fc.integer()) }).map((keys) => `k:${JSON.stringify(keys)}`),
      fc.nat().map((position) => `i:${position}`),
    );
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(Math.sign(compareElements(a, b))).toBe(-Math.sign(compareElements(b, a)) || 0);
        if (compareElements(a, b) <= 0 && compareElements(b, c) <= 0)
          expect(compareElements(a, c)).toBeLessThanOrEqual(0);
        expect(canonicalElement(a)).toBe(a);
      }),
    );
  });
});

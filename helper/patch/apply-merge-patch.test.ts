import fc from 'fast-check';
import { applyMergePatch } from './apply-merge-patch';
import { isJsonObject, type JsonObject } from './json-object';

/** The rule as RFC 7386 states it, over copies, and Kubernetes' about lists: the reference the implementation is compared with. */
function reference(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => reference(undefined, item));
  if (!isJsonObject(patch)) return patch;
  const entries = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key);
    else entries.set(key, reference(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}

describe('applyMergePatch()', () => {
  // The table of RFC 7386, appendix A, as far as both sides are objects.
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    // No row of the RFC: nulls within lists.
    [{}, { a: [{ b: null, c: 1 }, null, [{ d: null }]] }, { a: [{ c: 1 }, null, [{}]] }],
  ])('%j with %j', (original, patch, expected) => {
    expect(applyMergePatch(original, patch)).toEqual(expected);
  });

  test.each([[[]], ['x'], [null], [7]])('answers 400 to %j', (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow(expect.objectContaining({ code: 400 }));
  });

  it('does what the RFC says to any two objects, and leaves both alone', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(object, object, (original, patch) => {
        const before = JSON.stringify([original, patch]);
        expect(applyMergePatch(original, patch)).toEqual(reference(original, patch));
        expect(JSON.stringify([original, patch])).toBe(before);
      }),
    );
  });

  it('treats __proto__ as a field like any other', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":1},"data":{"__proto__":"x"}}') as JsonObject;
    const result = applyMergePatch({ data: {} }, patch);
    expect(JSON.stringify(result)).toBe('{"data":{"__proto__":"x"},"__proto__":{"polluted":1}}');
    expect(({} as JsonObject)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });
});

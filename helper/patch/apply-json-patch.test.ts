import fc from 'fast-check';
import { applyJsonPatch } from './apply-json-patch';

const original = { metadata: { name: 'web', labels: { 'a/b': '1' } }, spec: { replicas: 1, list: ['a', 'b'] } };

describe('applyJsonPatch()', () => {
  test.each([
    ['add', [{ op: 'add', path: '/metadata/labels/x', value: 'y' }], { labels: { 'a/b': '1', x: 'y' } }],
    [
      'replace, with an escaped name',
      [{ op: 'replace', path: '/metadata/labels/a~1b', value: '2' }],
      { labels: { 'a/b': '2' } },
    ],
    ['remove', [{ op: 'remove', path: '/metadata/labels' }], { labels: undefined }],
    [
      'copy',
      [{ op: 'copy', from: '/metadata/name', path: '/metadata/labels/n' }],
      { labels: { 'a/b': '1', n: 'web' } },
    ],
    ['move', [{ op: 'move', from: '/metadata/labels/a~1b', path: '/metadata/labels/c' }], { labels: { c: '1' } }],
    ['test that holds', [{ op: 'test', path: '/metadata/name', value: 'web' }], {}],
  ])('%s', (_name, patch, metadata) => {
    const before = JSON.stringify(original);
    expect(applyJsonPatch(original, patch)).toEqual({ ...original, metadata: { ...original.metadata, ...metadata } });
    expect(JSON.stringify(original)).toBe(before);
  });

  it('inserts into and appends to lists', () => {
    const patch = [
      { op: 'add', path: '/spec/list/1', value: 'x' },
      { op: 'add', path: '/spec/list/-', value: 'z' },
    ];
    expect(applyJsonPatch(original, patch)).toMatchObject({ spec: { list: ['a', 'x', 'b', 'z'] } });
  });

  test.each([
    ['a test that fails', [{ op: 'test', path: '/spec/replicas', value: 2 }]],
    ['removing what is not there', [{ op: 'remove', path: '/spec/nothing' }]],
    ['replacing what is not there', [{ op: 'replace', path: '/spec/nothing/deep', value: 1 }]],
    ['an index out of bounds', [{ op: 'add', path: '/spec/list/9', value: 1 }]],
    ['a test for null of what is something', [{ op: 'test', path: '/spec/replicas', value: null }]],
    ['an unknown operation', [{ op: 'frobnicate', path: '/spec' }]],
    ['a missing path', [{ op: 'remove' }]],
    ['a copy of what is in no object', [{ op: 'copy', from: '/spec/list/0/0', path: '/x' }]],
    ['a copy behind the end of a list', [{ op: 'copy', from: '/spec/replicas', path: '/spec/list/9' }]],
    ['a prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }]],
    ['a prototype by the constructor', [{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }]],
  ])('answers 422 to %s', (_name, patch) => {
    expect(() => applyJsonPatch(original, patch)).toThrow(
      expect.objectContaining({
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      }),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  // Beyond the RFC, as Kubernetes does (its library was played against this function with 40 000 random patches).
  test.each([
    ['replaces what is not there', { op: 'replace', path: '/spec/nothing', value: 1 }, { nothing: 1 }],
    ['takes a missing value for null', { op: 'add', path: '/spec/nothing' }, { nothing: null }],
    [
      'copies null from a field that is not there',
      { op: 'copy', from: '/x', path: '/spec/nothing' },
      { nothing: null },
    ],
    [
      'counts negative indexes from the end',
      { op: 'replace', path: '/spec/list/-1', value: 'z' },
      { list: ['a', 'z'] },
    ],
    ['appends at -1', { op: 'add', path: '/spec/list/-1', value: 'z' }, { list: ['a', 'b', 'z'] }],
  ])('%s', (_name, operation, expected) => {
    expect(applyJsonPatch(original, [operation])).toMatchObject({ spec: expected });
  });

  it('takes a test for null as a test for absence', () => {
    expect(applyJsonPatch(original, [{ op: 'test', path: '/spec/nothing', value: null }])).toEqual(original);
  });

  test.each([[{}], ['x'], [null], [['remove']], [[null]]])('answers 400 to %j', (patch) => {
    expect(() => applyJsonPatch(original, patch)).toThrow(expect.objectContaining({ code: 400 }));
  });

  it('answers 413 to too many operations and to copies without end', () => {
    const test = { op: 'test', path: '/spec/replicas', value: 1 };
    expect(() => applyJsonPatch(original, Array(10_001).fill(test))).toThrow(expect.objectContaining({ code: 413 }));
    const doubling = Array(60)
      .fill(0)
      .map((_, index) => ({ op: 'copy', from: '/spec', path: `/spec/c${index}` }));
    expect(() => applyJsonPatch(original, doubling)).toThrow(expect.objectContaining({ code: 413 }));
  });

  it('only ever throws a status, whatever the operations', () => {
    const pointer = fc.constantFrom(
      '',
      '/',
      '/spec',
      '/spec/list/0',
      '/spec/list/-',
      '/a~2',
      '/__proto__/x',
      '/metadata/name/x',
    );
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
        path: pointer,
        from: pointer,
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (patch) => {
        const before = JSON.stringify(original);
        try {
          applyJsonPatch(original, patch);
        } catch (error) {
          expect(error).toMatchObject({ name: 'StatusError' });
        }
        expect(JSON.stringify(original)).toBe(before);
      }),
    );
  });
});

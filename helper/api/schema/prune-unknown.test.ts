import { pruneUnknown } from './prune-unknown';

const POD = 'io.k8s.api.core.v1.Pod';

describe('pruneUnknown()', () => {
  test.each([
    [
      'drops unknown fields at every depth',
      { spec: { foo: 1, containers: [{ name: 'c', bar: {} }] } },
      { spec: { containers: [{ name: 'c' }] } },
    ],
    ['keeps the keys of maps', { metadata: { labels: { any: 'x' } } }, { metadata: { labels: { any: 'x' } } }],
    [
      'keeps free-form objects',
      { metadata: { managedFields: [{ fieldsV1: { 'f:a': {} } }] } },
      { metadata: { managedFields: [{ fieldsV1: { 'f:a': {} } }] } },
    ],
    ['drops null fields', { spec: { nodeName: null, priority: null } }, { spec: {} }],
    [
      'makes null in a map of text empty text, as Go does',
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { a: '' } } },
    ],
    [
      'makes null in a list of objects an empty object',
      { spec: { containers: [null] } },
      { spec: { containers: [{}] } },
    ],
    ['leaves wrong types for checkStructure()', { spec: 'x', metadata: [] }, { spec: 'x', metadata: [] }],
  ])('%s', (_name, value, expected) => {
    pruneUnknown(POD, value);
    expect(value).toEqual(expected);
  });

  it('drops __proto__ without touching any prototype', () => {
    const value = JSON.parse('{"__proto__":{"polluted":1},"metadata":{"constructor":{"prototype":{"polluted":1}}}}');
    pruneUnknown(POD, value);
    expect(JSON.stringify(value)).toBe('{"metadata":{}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

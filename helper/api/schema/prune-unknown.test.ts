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
    [
      'writes times to the second, in UTC',
      { metadata: { creationTimestamp: '2026-01-01T01:00:00.000+01:00' } },
      { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } },
    ],
    [
      'writes quantities in their shortest form',
      { spec: { overhead: { cpu: '1000m', memory: 1024 } } },
      { spec: { overhead: { cpu: '1', memory: '1024' } } },
    ],
    [
      'leaves what is no time and no quantity',
      { spec: { overhead: { cpu: 'x' } } },
      { spec: { overhead: { cpu: 'x' } } },
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

  it('keeps the microseconds of a MicroTime', () => {
    const lease = { spec: { renewTime: '2026-01-01T00:00:00.1234567Z', acquireTime: '2026-01-01T01:00:00+01:00' } };
    pruneUnknown('io.k8s.api.coordination.v1.Lease', lease);
    expect(lease.spec).toEqual({
      renewTime: '2026-01-01T00:00:00.123456Z',
      acquireTime: '2026-01-01T00:00:00.000000Z',
    });
  });
});

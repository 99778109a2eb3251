import fc from 'fast-check';
import { applyStrategicMergePatch } from './apply-strategic-merge-patch';
import type { JsonObject } from './json-object';

const POD = 'io.k8s.api.core.v1.Pod';
const DEPLOYMENT = 'io.k8s.api.apps.v1.Deployment';
const NODE = 'io.k8s.api.core.v1.Node';
const SERVICE = 'io.k8s.api.core.v1.Service';
const spec = (fields: object) => ({ spec: fields });
const names = (...list: string[]) => list.map((name) => ({ name }));

type Case = [name: string, schema: string, original: JsonObject, patch: JsonObject, expected: JsonObject];

const CASES: Case[] = [
  [
    'a new container goes before those the patch does not name (documentation of kubectl patch)',
    DEPLOYMENT,
    spec({ template: spec({ containers: [{ name: 'patch-demo-ctr', image: 'nginx' }] }) }),
    spec({ template: spec({ containers: [{ name: 'patch-demo-ctr-2', image: 'redis' }] }) }),
    spec({
      template: spec({
        containers: [
          { name: 'patch-demo-ctr-2', image: 'redis' },
          { name: 'patch-demo-ctr', image: 'nginx' },
        ],
      }),
    }),
  ],
  [
    'tolerations have no merge key: replaced (same page)',
    DEPLOYMENT,
    spec({ template: spec({ tolerations: [{ key: 'dedicated', value: 'test-team', effect: 'NoSchedule' }] }) }),
    spec({ template: spec({ tolerations: [{ key: 'disktype', value: 'ssd', effect: 'NoSchedule' }] }) }),
    spec({ template: spec({ tolerations: [{ key: 'disktype', value: 'ssd', effect: 'NoSchedule' }] }) }),
  ],
  [
    '$retainKeys changes the deployment strategy (same page)',
    DEPLOYMENT,
    spec({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
    spec({ strategy: { $retainKeys: ['type'], type: 'Recreate' } }),
    spec({ strategy: { type: 'Recreate' } }),
  ],
  [
    'a container is changed in place',
    POD,
    spec({
      containers: [
        { name: 'a', image: '1', tty: true },
        { name: 'b', image: '1' },
      ],
    }),
    spec({ containers: [{ name: 'b', image: '2' }] }),
    spec({
      containers: [
        { name: 'a', image: '1', tty: true },
        { name: 'b', image: '2' },
      ],
    }),
  ],
  [
    '$patch: delete removes an item by its key',
    POD,
    spec({ containers: names('a', 'b', 'c') }),
    spec({ containers: [{ name: 'b', $patch: 'delete' }] }),
    spec({ containers: names('a', 'c') }),
  ],
  [
    '$patch: delete of an item that is not there does nothing',
    POD,
    spec({ containers: names('a') }),
    spec({ containers: [{ name: 'x', $patch: 'delete' }] }),
    spec({ containers: names('a') }),
  ],
  [
    '$patch: replace in a list replaces the list',
    POD,
    spec({ containers: names('a', 'b') }),
    spec({ containers: [{ $patch: 'replace' }, { name: 'x' }] }),
    spec({ containers: names('x') }),
  ],
  [
    '$patch: replace in an object replaces the object',
    POD,
    { metadata: { labels: { a: '1', b: '2' } } },
    { metadata: { labels: { $patch: 'replace', c: '3' } } },
    { metadata: { labels: { c: '3' } } },
  ],
  [
    '$patch: delete in an object empties it',
    POD,
    { metadata: { labels: { a: '1' } } },
    { metadata: { labels: { $patch: 'delete' } } },
    { metadata: { labels: {} } },
  ],
  [
    '$patch: merge is what happens anyway',
    POD,
    spec({ containers: names('a') }),
    spec({ $patch: 'merge', containers: [{ name: 'a', $patch: 'merge', image: '2' }] }),
    spec({ containers: [{ name: 'a', image: '2' }] }),
  ],
  [
    'null deletes',
    POD,
    { metadata: { labels: { a: '1', b: '2' } } },
    { metadata: { labels: { a: null } } },
    { metadata: { labels: { b: '2' } } },
  ],
  [
    'null where nothing is leaves nothing',
    POD,
    {},
    { metadata: { labels: { a: null, b: '1' } } },
    { metadata: { labels: { b: '1' } } },
  ],
  [
    'finalizers are a set',
    POD,
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { finalizers: ['b', 'c'] } },
    { metadata: { finalizers: ['a', 'b', 'c'] } },
  ],
  [
    '$deleteFromPrimitiveList takes items out',
    POD,
    { metadata: { finalizers: ['a', 'b', 'c'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['b', 'x'] } },
    { metadata: { finalizers: ['a', 'c'] } },
  ],
  [
    '$deleteFromPrimitiveList on a list that is not there',
    POD,
    { metadata: {} },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    { metadata: {} },
  ],
  [
    'ports merge by containerPort',
    POD,
    spec({ containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 81, name: 'x' }] }] }),
    spec({ containers: [{ name: 'a', ports: [{ containerPort: 81, name: 'y' }] }] }),
    spec({ containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 81, name: 'y' }] }] }),
  ],
  [
    'service ports merge by port',
    SERVICE,
    spec({ ports: [{ port: 80, targetPort: 'http' }] }),
    spec({ ports: [{ port: 80, nodePort: 30080 }] }),
    spec({ ports: [{ port: 80, targetPort: 'http', nodePort: 30080 }] }),
  ],
  [
    'env merges by name, command is replaced',
    POD,
    spec({
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '1' },
          ],
          command: ['a', 'b'],
        },
      ],
    }),
    spec({ containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }], command: ['c'] }] }),
    spec({
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
          command: ['c'],
        },
      ],
    }),
  ],
  [
    'conditions merge by type',
    POD,
    { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'x' }] } },
    { status: { conditions: [{ type: 'Ready', status: 'True', reason: null }] } },
    { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
  ],
  [
    'a volume keeps only the retained source',
    POD,
    spec({ volumes: [{ name: 'v', emptyDir: {} }] }),
    spec({ volumes: [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'c' } }] }),
    spec({ volumes: [{ name: 'v', configMap: { name: 'c' } }] }),
  ],
  [
    'taints are replaced',
    NODE,
    spec({ taints: [{ key: 'a', effect: 'NoSchedule' }] }),
    spec({ taints: [{ key: 'b', effect: 'NoExecute' }] }),
    spec({ taints: [{ key: 'b', effect: 'NoExecute' }] }),
  ],
  [
    '$setElementOrder alone reorders',
    POD,
    spec({ containers: names('a', 'b', 'c') }),
    spec({ '$setElementOrder/containers': names('c', 'b', 'a') }),
    spec({ containers: names('c', 'b', 'a') }),
  ],
  [
    '$setElementOrder places a new item; what only the server has stays in place',
    POD,
    spec({ containers: names('a', 'server-only', 'b') }),
    spec({ '$setElementOrder/containers': names('a', 'new', 'b'), containers: names('new') }),
    spec({ containers: names('a', 'new', 'server-only', 'b') }),
  ],
  [
    '$setElementOrder with a deletion (what kubectl apply sends)',
    POD,
    spec({
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    }),
    spec({
      '$setElementOrder/containers': names('a'),
      containers: [
        { name: 'a', image: '2' },
        { name: 'b', $patch: 'delete' },
      ],
    }),
    spec({ containers: [{ name: 'a', image: '2' }] }),
  ],
  [
    '$setElementOrder on scalars',
    POD,
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { '$setElementOrder/finalizers': ['c', 'a', 'b'], finalizers: ['c'] } },
    { metadata: { finalizers: ['c', 'a', 'b'] } },
  ],
  [
    '$setElementOrder on a list nobody has',
    POD,
    spec({}),
    spec({ '$setElementOrder/containers': names('a') }),
    spec({}),
  ],
  [
    'a list that is new loses its directives',
    POD,
    spec({}),
    spec({
      containers: [
        { name: 'a', tty: null },
        { name: 'b', $patch: 'delete' },
      ],
    }),
    spec({ containers: [{ name: 'a' }] }),
  ],
  ['an unknown field is taken as it is', POD, spec({}), spec({ foo: { bar: [1] } }), spec({ foo: { bar: [1] } })],
  [
    'a value of another type replaces',
    POD,
    spec({ containers: 'x' }),
    spec({ containers: names('a') }),
    spec({ containers: names('a') }),
  ],
  [
    'the selector of a PodDisruptionBudget is replaced',
    'io.k8s.api.policy.v1.PodDisruptionBudget',
    spec({ selector: { matchLabels: { a: '1' } } }),
    spec({ selector: { matchLabels: { b: '1' } } }),
    spec({ selector: { matchLabels: { b: '1' } } }),
  ],
];

describe('applyStrategicMergePatch()', () => {
  test.each(CASES)('%s', (_name, schema, original, patch, expected) => {
    const before = JSON.stringify([original, patch]);
    expect(applyStrategicMergePatch(original, patch, schema)).toEqual(expected);
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  test.each<[string, unknown]>([
    ['no object', []],
    ['an unknown directive', spec({ $patch: 'explode' })],
    ['an item without its merge key', spec({ containers: [{ image: 'x' }] })],
    ['an item that is no object', spec({ containers: ['x'] })],
    ['a deletion without its merge key', spec({ containers: [{ $patch: 'delete' }] })],
    ['$retainKeys that is no list', spec({ $retainKeys: 'x' })],
    ['$deleteFromPrimitiveList that is no list', { metadata: { '$deleteFromPrimitiveList/finalizers': 'x' } }],
    ['$setElementOrder that is no list', spec({ '$setElementOrder/containers': 'x' })],
    [
      '$setElementOrder that misses an item',
      spec({ '$setElementOrder/containers': names('a'), containers: names('b') }),
    ],
    [
      '$setElementOrder in another order',
      spec({ '$setElementOrder/containers': names('a', 'b'), containers: names('b', 'a') }),
    ],
  ])('answers 400 to %s', (_name, patch) => {
    expect(() => applyStrategicMergePatch({ metadata: {}, ...spec({ containers: names('a') }) }, patch, POD)).toThrow(
      expect.objectContaining({ code: 400, reason: 'BadRequest' }),
    );
  });

  it('answers 422 to content $retainKeys does not list', () => {
    expect(() => applyStrategicMergePatch(spec({}), spec({ $retainKeys: ['a'], b: 1 }), POD)).toThrow(
      expect.objectContaining({ code: 422, reason: 'Invalid' }),
    );
  });

  it('answers 415 for a kind without a schema', () => {
    expect(() => applyStrategicMergePatch({}, {}, 'com.example.v1.Custom')).toThrow(
      expect.objectContaining({ code: 415 }),
    );
  });
});

describe('applyStrategicMergePatch() for any pods', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const container = fc.record({ name, image: fc.constantFrom('1', '2') }, { requiredKeys: ['name'] });
  const containers = fc.uniqueArray(container, { selector: (item) => item.name, minLength: 1 });
  const pod = fc
    .record({ containers, nodeName: name }, { requiredKeys: ['containers'] })
    .map((fields) => ({ spec: fields }));

  it('applied twice is applied once', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        const once = applyStrategicMergePatch(original, patch, POD);
        expect(applyStrategicMergePatch(once, patch, POD)).toEqual(once);
      }),
    );
  });

  it('keeps every container of both sides exactly once, those of the patch in its order', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        const result = applyStrategicMergePatch(original, patch, POD) as typeof original;
        const got = result.spec.containers.map((item) => item.name);
        const asked = patch.spec.containers.map((item) => item.name);
        const all = new Set([...original.spec.containers.map((item) => item.name), ...asked]);
        expect([...got].sort()).toEqual([...all].sort());
        expect(got.filter((item) => asked.includes(item))).toEqual(asked);
      }),
    );
  });

  it('an empty patch changes nothing, whatever the object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (original) => {
        expect(applyStrategicMergePatch(original, {}, POD)).toEqual(original);
      }),
    );
  });

  it('only ever throws a status', () => {
    const key = fc.constantFrom(
      'spec',
      'metadata',
      'containers',
      'finalizers',
      'name',
      '$patch',
      '$retainKeys',
      '$setElementOrder/containers',
      '$deleteFromPrimitiveList/finalizers',
      '__proto__',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 'a', 'delete', 'replace', 1),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (original, patch) => {
        try {
          applyStrategicMergePatch({ spec: original, metadata: original }, patch, POD);
        } catch (error) {
          expect(error).toMatchObject({ name: 'StatusError' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

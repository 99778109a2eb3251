import { checkConfiguration } from './check-configuration';
import { compareObjects } from './compare-objects';
import { customType } from './custom-type';
import type { FieldSet } from './field-set';
import { type MapType, typeOfKind } from './field-type';
import { mergeConfiguration } from './merge-configuration';
import { shownPath } from './path-element';
import { extractFields, removeFields } from './select-fields';
import { toFieldSet } from './to-field-set';

const POD = typeOfKind('io.k8s.api.core.v1.Pod');
const SERVICE = typeOfKind('io.k8s.api.core.v1.Service');
const shown = (set: FieldSet) => set.paths().map(shownPath);
const named = (...names: string[]) => names.map((name) => ({ name }));
const spec = (value: unknown) => ({ spec: value });

describe('toFieldSet()', () => {
  test.each<[string, MapType, unknown, string[]]>([
    [
      'leaves, list items and map keys',
      POD,
      { metadata: { labels: { a: 'x' } }, ...spec({ containers: [{ name: 'c', image: 'i' }] }) },
      [
        '.metadata.labels.a',
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].image',
        '.spec.containers[name="c"].name',
      ],
    ],
    [
      'atomic lists and structs as one',
      POD,
      spec({ tolerations: [{ key: 'a' }], nodeSelector: { a: 'b' } }),
      ['.spec.nodeSelector', '.spec.tolerations'],
    ],
    [
      'nothing the server owns',
      POD,
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'u', resourceVersion: '1' } },
      [],
    ],
    [
      'empty structs and nulls',
      POD,
      spec({ securityContext: {}, hostname: null }),
      ['.spec.hostname', '.spec.securityContext'],
    ],
    ['members of a set', POD, { metadata: { finalizers: ['x/y'] } }, ['.metadata.finalizers[="x/y"]']],
    [
      'left-out keys by their default',
      SERVICE,
      spec({ ports: [{ port: 80 }] }),
      ['.spec.ports[port=80,protocol="TCP"]', '.spec.ports[port=80,protocol="TCP"].port'],
    ],
    [
      'repeated items only as items',
      POD,
      spec({
        containers: [
          {
            name: 'c',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        ],
      }),
      ['.spec.containers[name="c"]', '.spec.containers[name="c"].env[name="A"]', '.spec.containers[name="c"].name'],
    ],
    [
      'template metadata with its name',
      typeOfKind('io.k8s.api.apps.v1.Deployment'),
      spec({ template: { metadata: { name: 'n' } } }),
      ['.spec.template.metadata.name'],
    ],
    [
      'fields of claimRef one by one, though references are atomic elsewhere',
      typeOfKind('io.k8s.api.core.v1.PersistentVolume'),
      spec({ claimRef: { name: 'n' } }),
      ['.spec.claimRef.name'],
    ],
  ])('names %s', (_, type, object, fields) => {
    expect(shown(toFieldSet(type, object))).toEqual(fields);
  });
});

describe('compareObjects()', () => {
  const compared = (type: MapType, old: unknown, next: unknown) => {
    const { added, modified, removed } = compareObjects(type, old, next);
    return { added: shown(added), modified: shown(modified), removed: shown(removed) };
  };
  const nothing = { added: [], modified: [], removed: [] };

  test.each<[string, unknown, unknown, object]>([
    ['nothing in equal objects', spec({ hostname: 'a' }), spec({ hostname: 'a' }), {}],
    [
      'nothing when list items change places',
      spec({ containers: named('a', 'b') }),
      spec({ containers: named('b', 'a') }),
      {},
    ],
    ['a changed leaf', spec({ hostname: 'a' }), spec({ hostname: 'b' }), { modified: ['.spec.hostname'] }],
    [
      'an added struct with what is in it',
      spec({}),
      spec({ securityContext: { runAsUser: 1 } }),
      { added: ['.spec', '.spec.securityContext', '.spec.securityContext.runAsUser'].slice(1) },
    ],
    [
      'a removed list item with what is in it',
      spec({ containers: named('a', 'b') }),
      spec({ containers: named('a') }),
      { removed: ['.spec.containers[name="b"]', '.spec.containers[name="b"].name'] },
    ],
    [
      'an atomic list as one',
      spec({ tolerations: [{ key: 'a' }] }),
      spec({ tolerations: [{ key: 'b' }] }),
      { modified: ['.spec.tolerations'] },
    ],
    [
      'null and a value as a change',
      spec({ hostname: null }),
      spec({ hostname: 'a' }),
      { modified: ['.spec.hostname'] },
    ],
    ['an empty list that appears', spec({}), spec({ initContainers: [] }), { added: ['.spec.initContainers'] }],
    [
      'repeated items together',
      spec({ containers: [{ name: 'c', env: [{ name: 'A', value: '1' }] }] }),
      spec({
        containers: [
          {
            name: 'c',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        ],
      }),
      { modified: ['.spec.containers[name="c"].env[name="A"]'] },
    ],
    ['nothing the server owns', { metadata: { uid: 'a' } }, { metadata: { uid: 'b', managedFields: [] } }, {}],
  ])('finds %s', (_, old, next, result) => {
    expect(compared(POD, old, next)).toEqual({ ...nothing, ...result });
  });

  test('sees a schemaless value change its form', () => {
    const type = customType(undefined);
    expect(compared(type, { a: { b: 1 } }, { a: 'text' })).toEqual({ added: [], modified: ['.a'], removed: ['.a.b'] });
    expect(compared(type, { a: [1] }, { a: { b: 1 } })).toEqual({ added: ['.a.b'], modified: ['.a'], removed: [] });
  });
});

describe('mergeConfiguration()', () => {
  const merged = (live: unknown, configured: unknown) =>
    mergeConfiguration(POD, spec({ containers: live }), spec({ containers: configured })) as {
      spec: { containers: { name: string }[] };
    };

  test.each([
    ['keeps live items in place', 'a b c', 'b', 'a b c'],
    ['takes the order of the configuration', 'a b c', 'c a', 'b c a'],
    ['puts new items where they are configured', 'a b', 'x a y b z', 'x a y b z'],
    ['keeps live items between configured ones', 'a x b', 'a b', 'a x b'],
    ['appends to a list of others', 'x y', 'a b', 'x y a b'],
    ['turns a list around', 'a b c', 'c b a', 'c b a'],
    ['fills an empty list', '', 'a', 'a'],
    ['leaves the list with an empty configuration', 'a', '', 'a'],
  ])('%s', (_, live, configured, expected) => {
    const list = (text: string) => named(...text.split(' ').filter(Boolean));
    expect(merged(list(live), list(configured)).spec.containers).toEqual(list(expected));
  });

  test('merges inside items and does not change its inputs', () => {
    const live = Object.freeze([Object.freeze({ name: 'a', image: 'x', tty: true })]);
    expect(merged(live, [{ name: 'a', image: 'y' }]).spec.containers).toEqual([{ name: 'a', image: 'y', tty: true }]);
  });

  test('a null leaf wins, a null struct does not', () => {
    const live = { spec: { hostname: 'a', securityContext: { runAsUser: 1 } } };
    expect(mergeConfiguration(POD, live, spec({ hostname: null, securityContext: null }))).toEqual(
      spec({ hostname: null, securityContext: { runAsUser: 1 } }),
    );
  });

  test('is quick with long lists', () => {
    const list = named(...Array.from({ length: 20_000 }, (_, index) => `c${index}`));
    expect(merged(list, [...list].reverse()).spec.containers).toHaveLength(20_000);
  });

  test('keeps a key called __proto__ a key', () => {
    const configured = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
    const result = mergeConfiguration(POD, { metadata: { labels: { a: 'b' } } }, configured);
    expect(JSON.stringify(result)).toBe('{"metadata":{"labels":{"a":"b","__proto__":"x"}}}');
  });
});

describe('removeFields() and extractFields()', () => {
  const object = {
    metadata: { labels: { a: '1', b: '2' } },
    ...spec({ containers: [{ name: 'c', image: 'i' }, { name: 'd' }] }),
  };
  const container = toFieldSet(POD, spec({ containers: [{ name: 'c', image: 'i' }] }));

  test('removeFields() removes members; a field that loses all its content is null', () => {
    expect(removeFields(POD, object, container)).toEqual({
      metadata: object.metadata,
      ...spec({ containers: [{ name: 'd' }] }),
    });
    expect(removeFields(POD, object, toFieldSet(POD, { metadata: { labels: { a: '', b: '' } } }))).toEqual({
      metadata: { labels: null },
      ...spec(object.spec),
    });
    expect(removeFields(POD, object, toFieldSet(POD, object))).toEqual({
      metadata: { labels: null },
      spec: { containers: null },
    });
  });

  test('extractFields() keeps only the members', () => {
    expect(extractFields(POD, object, container)).toEqual(spec({ containers: [{ name: 'c', image: 'i' }] }));
    expect(extractFields(POD, object, toFieldSet(POD, object))).toEqual(object);
  });
});

describe('checkConfiguration()', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing in a good one', spec({ containers: named('a') }), []],
    ['unknown fields', spec({ foo: 1 }), ['.spec.foo: field not declared in schema']],
    [
      'items without their key',
      spec({ containers: [{ image: 'x' }] }),
      [
        '.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
      ],
    ],
    [
      'the same item twice',
      spec({ containers: named('a', 'a') }),
      ['.spec.containers: duplicate entries for key [name="a"]'],
    ],
    [
      'items that are no objects',
      spec({ containers: ['a', null] }),
      [
        '.spec.containers: element 0: associative list with keys may not have non-map elements',
        '.spec.containers: element 1: associative list with keys may not have a null element',
      ],
    ],
    [
      'set members that are no scalars',
      { metadata: { finalizers: [{}, [], null, 'a', 'a'] } },
      [
        ".metadata.finalizers: element 0: associative list without keys has an element that's a map type",
        ".metadata.finalizers: element 1: associative list without keys has an element that's a list type",
        ".metadata.finalizers: element 2: associative list without keys has an element that's an explicit null",
        '.metadata.finalizers: duplicate entries for key [="a"]',
      ],
    ],
  ])('finds %s', (_, configuration, problems) => {
    expect(checkConfiguration(POD, configuration)).toEqual(problems);
  });
});

test('checkConfiguration() refuses absurd nesting instead of running out of stack', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
  expect(checkConfiguration(customType(undefined), deep)).toEqual(['.a.a.a: nested more than 500 deep']);
});

test.each([
  [
    'io.k8s.api.storage.v1.CSIDriver',
    { volumeLifecycleModes: ['Ephemeral'] },
    '.spec.volumeLifecycleModes[="Ephemeral"]',
  ],
  ['io.k8s.api.core.v1.Node', { podCIDRs: ['10.0.0.0/24'] }, '.spec.podCIDRs[="10.0.0.0/24"]'],
  [
    'io.k8s.api.networking.v1.Ingress',
    { defaultBackend: { service: { port: { number: 1 } } } },
    '.spec.defaultBackend.service.port',
  ],
  [
    'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
    { validationActions: ['Deny'] },
    '.spec.validationActions[="Deny"]',
  ],
])('typeOfKind(%s) follows the facts of 1.32', (name, value, path) => {
  expect(shown(toFieldSet(typeOfKind(name), spec(value)))).toEqual([path]);
});

describe('customType()', () => {
  const type = customType({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: { type: 'string' } } },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          plain: { type: 'array', items: { type: 'string' } },
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port', 'protocol'],
            items: {
              type: 'object',
              properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
            },
          },
        },
      },
    },
  });

  test('follows the extensions of the schema', () => {
    const object = spec({
      size: 1,
      free: { a: { b: 1 }, l: [1] },
      whole: { a: 'x' },
      labels: { l: 'x' },
      plain: ['p'],
      tags: ['t'],
      ports: [{ port: 1 }],
    });
    expect(shown(toFieldSet(type, object))).toEqual([
      '.spec.free.a',
      '.spec.free.a.b',
      '.spec.free.l',
      '.spec.labels.l',
      '.spec.plain',
      '.spec.ports[port=1,protocol="TCP"]',
      '.spec.ports[port=1,protocol="TCP"].port',
      '.spec.size',
      '.spec.tags[="t"]',
      '.spec.whole',
    ]);
    expect(checkConfiguration(type, spec({ nope: 1 }))).toEqual(['.spec.nope: field not declared in schema']);
  });

  test('knows metadata, and deduces everything without a schema', () => {
    const object = { metadata: { name: 'n', labels: { a: 'b' } }, anything: { x: [1] } };
    expect(shown(toFieldSet(customType(undefined), object))).toEqual([
      '.anything',
      '.anything.x',
      '.metadata.labels.a',
    ]);
  });
});

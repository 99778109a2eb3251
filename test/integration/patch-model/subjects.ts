/**
 * The kinds whose patches are tried: where they are, what is made first, and the fields that change.
 */
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from '../objects';
import { isMap, type Json, type JsonMap, type Shape } from './shape';

export interface Subject {
  readonly kind: string;
  readonly collection: string;
  /** an object as it is created */
  readonly first: (name: string) => JsonMap;
  readonly shape: Shape;
  readonly status?: Shape;
  readonly takesStrategic: boolean;
  /** Says whether validation lets the projected object pass. */
  readonly isValid: (content: JsonMap) => boolean;
  /** pointers JSON patches name, with values to put there */
  readonly pointers: Readonly<Record<string, readonly Json[]>>;
}

const struct = (fields: Readonly<Record<string, Shape>>): Shape => ({ is: 'struct', fields });
const leaf = (...values: readonly Json[]): Shape => ({ is: 'leaf', values });
const FIXED = { fixed: 'here' };
/** Never touched: an object all of whose managers are gone is not tracked any more. */
const KEPT = { kept: 'AA==' };
const METADATA = struct({
  labels: { is: 'map', fixed: FIXED },
  annotations: { is: 'map' },
  finalizers: { is: 'set', pool: ['example.com/a', 'example.com/b', 'example.com/c'] },
});

const METADATA_POINTERS = {
  '/metadata/labels/x': ['0', '1'],
  '/metadata/labels': [{ x: '1', ...FIXED }],
  '/metadata/annotations/y': ['0'],
  '/metadata/finalizers/-': ['example.com/d'],
  '/metadata/finalizers/0': ['example.com/e'],
};

function at(content: Json | undefined, ...way: readonly string[]): Json | undefined {
  return way.reduce<Json | undefined>((inner, name) => (isMap(inner) ? inner[name] : undefined), content);
}

const itemsAt = (content: JsonMap, ...way: readonly string[]) => (at(content, ...way) as JsonMap[] | undefined) ?? [];
const areDistinct = (values: readonly unknown[]) =>
  new Set(values.map((value) => JSON.stringify(value))).size === values.length;

const hasSoundFinalizers = (content: JsonMap) =>
  areDistinct((at(content, 'metadata', 'finalizers') as Json[] | undefined) ?? []);

const CONFIG_MAP: Subject = {
  kind: 'ConfigMap',
  collection: CONFIG_MAPS,
  first: (name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: FIXED },
    data: { fixed: '1' },
    binaryData: KEPT,
  }),
  shape: struct({ metadata: METADATA, data: { is: 'map', fixed: { fixed: '1' } } }),
  takesStrategic: true,
  isValid: hasSoundFinalizers,
  pointers: { ...METADATA_POINTERS, '/data/x': ['0', '1'], '/data/z': ['2'], '/data': [{ y: '3' }] },
};

const PORTS = [80, 81, 443].map((port): JsonMap => ({ port, protocol: 'TCP' }));

const SERVICE: Subject = {
  kind: 'Service',
  collection: SERVICES,
  first: (name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: FIXED },
    spec: { ports: [{ port: 80, protocol: 'TCP', name: 'p0' }] },
  }),
  shape: struct({
    metadata: METADATA,
    spec: struct({
      selector: { is: 'map', whole: true },
      externalIPs: { is: 'atomic', values: [['192.0.2.1'], ['192.0.2.1', '192.0.2.2']] },
      publishNotReadyAddresses: leaf(true),
      internalTrafficPolicy: { is: 'leaf', values: ['Cluster', 'Local'], fallback: 'Cluster' },
      ports: {
        is: 'keyed',
        keys: ['port', 'protocol'],
        pool: PORTS,
        fields: { name: leaf('p0', 'p1', 'p2'), appProtocol: leaf('http', 'example.com/x') },
      },
    }),
  }),
  takesStrategic: true,
  isValid(content) {
    const ports = itemsAt(content, 'spec', 'ports');
    const names = ports.flatMap(({ name }) => (name === undefined ? [] : [name]));
    const isNamed = ports.length < 2 || names.length === ports.length;
    const areKeyed = areDistinct(ports.map(({ port }) => port)) && ports.every(({ port }) => port !== undefined);
    return hasSoundFinalizers(content) && ports.length > 0 && isNamed && areDistinct(names) && areKeyed;
  },
  pointers: {
    ...METADATA_POINTERS,
    '/spec/selector': [{ x: '1' }],
    '/spec/selector/y': ['0'],
    '/spec/externalIPs/-': ['192.0.2.3'],
    '/spec/internalTrafficPolicy': ['Local', 'Cluster'],
    '/spec/ports/0': [{ port: 81, protocol: 'TCP', name: 'p1' }],
    '/spec/ports/-': [{ port: 443, protocol: 'TCP', name: 'p2' }],
    '/spec/ports/0/name': ['p0', 'p2'],
  },
};

const CONTAINERS: Shape = {
  is: 'keyed',
  keys: ['name'],
  pool: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
  fields: {
    image: leaf('one', 'two'),
    command: { is: 'atomic', values: [['sleep'], ['sleep', '9']] },
    env: { is: 'keyed', keys: ['name'], pool: [{ name: 'X' }, { name: 'Y' }], fields: { value: leaf('0', '1') } },
  },
};

const CONDITIONS: Shape = {
  is: 'keyed',
  keys: ['type'],
  pool: [{ type: 'Available' }, { type: 'Odd' }],
  fields: { status: leaf('True', 'False'), reason: leaf('One', 'Two') },
};
const STATUS_POINTERS = {
  '/status/conditions/0/reason': ['Three'],
  '/status/conditions/0': [{ type: 'New', status: 'True' }],
};

const DEPLOYMENT: Subject = {
  kind: 'Deployment',
  collection: DEPLOYMENTS,
  first: (name) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: FIXED },
    spec: {
      replicas: 1,
      selector: { matchLabels: FIXED },
      template: { metadata: { labels: FIXED }, spec: { containers: [{ name: 'a', image: 'one' }] } },
    },
  }),
  shape: struct({
    metadata: METADATA,
    spec: struct({
      replicas: { is: 'leaf', values: [1, 2, 3], fallback: 1 },
      paused: leaf(true),
      template: struct({
        metadata: struct({ labels: { is: 'map', fixed: FIXED } }),
        spec: struct({
          containers: CONTAINERS,
          nodeSelector: { is: 'map', whole: true },
          tolerations: { is: 'atomic', values: [[{ key: 'x', operator: 'Exists' }]] },
        }),
      }),
    }),
  }),
  status: struct({ status: struct({ conditions: CONDITIONS }) }),
  takesStrategic: true,
  isValid(content) {
    const template = ['spec', 'template'];
    const containers = itemsAt(content, ...template, 'spec', 'containers');
    const isLabelled = at(content, ...template, 'metadata', 'labels', 'fixed') === 'here';
    const areSound = containers.every(
      ({ name, image, env }) => name && image && areDistinct(((env ?? []) as JsonMap[]).map((one) => one.name)),
    );
    const areNamed = areDistinct(containers.map(({ name }) => name));
    return hasSoundFinalizers(content) && containers.length > 0 && isLabelled && areSound && areNamed;
  },
  pointers: {
    ...METADATA_POINTERS,
    ...STATUS_POINTERS,
    '/spec/replicas': [2, 4],
    '/spec/paused': [true],
    '/spec/template/spec/containers/0': [{ name: 'd', image: 'three' }],
    '/spec/template/spec/containers/-': [{ name: 'e', image: 'three' }],
    '/spec/template/spec/containers/0/image': ['one', 'four'],
    '/spec/template/spec/containers/0/env': [[{ name: 'X', value: '3' }]],
    '/spec/template/spec/containers/0/env/-': [{ name: 'Z', value: '4' }],
    '/spec/template/spec/nodeSelector': [{ x: '5' }],
  },
};

const TEXT = { type: 'string' };
const conditionSchema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: { type: 'object', required: ['type'], properties: { type: TEXT, status: TEXT, reason: TEXT } },
};
const STRINGS = { type: 'object', additionalProperties: TEXT };
const WIDGET_SPEC = {
  type: 'object',
  properties: {
    size: { type: 'integer', default: 1 },
    data: { type: 'object', additionalProperties: TEXT },
    whole: { type: 'object', additionalProperties: TEXT, 'x-kubernetes-map-type': 'atomic' },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: TEXT },
    steps: { type: 'array', items: { type: 'integer' } },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['group', 'name'],
      items: {
        type: 'object',
        required: ['group', 'name'],
        properties: {
          group: { type: 'integer' },
          name: TEXT,
          color: TEXT,
          data: { type: 'object', additionalProperties: TEXT },
        },
      },
    },
  },
};

/** The definition of the custom resource among the subjects. */
export const WIDGET_DEFINITION = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              binaryData: STRINGS,
              spec: WIDGET_SPEC,
              status: { type: 'object', properties: { conditions: conditionSchema } },
            },
          },
        },
      },
    ],
  },
};

const PARTS: Shape = {
  is: 'keyed',
  keys: ['group', 'name'],
  pool: [
    { group: 1, name: 'a' },
    { group: 1, name: 'b' },
    { group: 2, name: 'a' },
  ],
  fields: { color: leaf('red', 'blue'), data: { is: 'map' } },
};

const WIDGET: Subject = {
  kind: 'Widget',
  collection: '/apis/example.com/v1/namespaces/default/widgets',
  first: (name) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, labels: FIXED },
    spec: { size: 1, data: { fixed: '1' } },
    binaryData: KEPT,
  }),
  shape: struct({
    metadata: METADATA,
    spec: struct({
      size: { is: 'leaf', values: [1, 2, 3], fallback: 1 },
      data: { is: 'map', fixed: { fixed: '1' } },
      whole: { is: 'map', whole: true },
      tags: { is: 'set', pool: ['x', 'y', 'z'] },
      steps: { is: 'atomic', values: [[1], [2, 3]] },
      parts: PARTS,
    }),
  }),
  status: struct({ status: struct({ conditions: CONDITIONS }) }),
  takesStrategic: false,
  isValid(content) {
    const parts = itemsAt(content, 'spec', 'parts');
    const tags = (at(content, 'spec', 'tags') as Json[] | undefined) ?? [];
    const areKeyed = areDistinct(parts.map(({ group, name }) => [group, name]));
    return hasSoundFinalizers(content) && areDistinct(tags) && areKeyed && at(content, 'spec') !== undefined;
  },
  pointers: {
    ...METADATA_POINTERS,
    ...STATUS_POINTERS,
    '/spec/size': [2, 4],
    '/spec/data/x': ['0'],
    '/spec/data/y': ['1'],
    '/spec/whole': [{ x: '0' }],
    '/spec/tags/-': ['w', 'x'],
    '/spec/steps/0': [7],
    '/spec/parts/0': [{ group: 3, name: 'c', color: 'green' }],
    '/spec/parts/0/color': ['red', 'white'],
  },
};

export const SUBJECTS: readonly Subject[] = [CONFIG_MAP, SERVICE, DEPLOYMENT, WIDGET];

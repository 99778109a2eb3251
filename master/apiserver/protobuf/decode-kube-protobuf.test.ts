import fc from 'fast-check';
import { checkStructure } from '../../../helper/api/schema/check-structure';
import { loadSchemas } from '../../../helper/api/schema/load';
import wireFields from '../../../helper/api/schema/wire-fields.json';
import { isJsonObject } from '../../../helper/patch/json-object';
import { decodeKubeProtobuf } from './decode-kube-protobuf';
import { encodeKubeProtobuf } from './encode.fixture';
import recorded from './fixtures/kubectl-1.32.json';
import { findMessage } from './messages';

/** What stock kubectl sent, and what it prints for the same command with `--dry-run=client -o json`. */
const RECORDED = recorded as { name: string; command: string; body: string; expected?: object }[];
const bytesOf = (name: string) => Buffer.from(RECORDED.find((entry) => entry.name === name)?.body ?? '', 'base64');

/** kubectl's JSON carries the namespace of the context; its protobuf body does too. Zero times are null there. */
describe('decodeKubeProtobuf() reads what kubectl sends', () => {
  const withJson = RECORDED.filter((entry) => entry.expected);
  test.each(withJson.map((entry) => [entry.command, entry] as const))('%s', (_command, { body, expected }) => {
    expect(decodeKubeProtobuf(Buffer.from(body, 'base64'))).toEqual(expected);
  });

  test.each([
    [
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['a'], expirationSeconds: 600 },
      },
    ],
    [
      'can-i',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace: 'x', verb: 'create', resource: 'pods' } },
      },
    ],
    [
      'can-i-list',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: 'default' } },
    ],
    ['whoami', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }],
  ])('%s', (name, expected) => {
    expect(decodeKubeProtobuf(bytesOf(name))).toMatchObject(expected);
  });

  test.each(RECORDED.map(({ name }) => name))('%s: the object has the structure of its type', (name) => {
    const object = decodeKubeProtobuf(bytesOf(name));
    const [version, group = ''] = String(object['apiVersion']).split('/').reverse();
    const schema = Object.entries(loadSchemas()).find(
      ([, { gvk }]) => gvk?.kind === object['kind'] && gvk?.group === group && gvk?.version === version,
    );
    expect(checkStructure(schema?.[0] ?? '', object)).toEqual({ errors: [], unknown: [] });
  });
});

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' }, creationTimestamp: '2024-02-29T12:00:00Z', finalizers: ['a', 'b'] },
  spec: {
    volumes: [
      { name: 'cfg', configMap: { name: 'c', defaultMode: 420, items: [{ key: 'k', path: 'p' }] } },
      { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ],
    initContainers: [{ name: 'init', image: 'busybox', command: ['true'], resources: {}, restartPolicy: 'Always' }],
    containers: [
      {
        name: 'web',
        image: 'nginx',
        ports: [{ containerPort: 80 }],
        env: [
          { name: 'A', value: 'b' },
          { name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
        ],
        envFrom: [{ prefix: 'X_', configMapRef: { name: 'c' } }],
        resources: { limits: { cpu: '500m' }, requests: { memory: '64Mi' } },
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
        readinessProbe: { tcpSocket: { port: 80 } },
        securityContext: { runAsUser: 0, privileged: false },
      },
    ],
    tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 0 }],
    securityContext: { fsGroup: 2000, supplementalGroups: [1, 2, 3_000_000_000] },
    terminationGracePeriodSeconds: 0,
    priority: -5,
    automountServiceAccountToken: false,
    resources: { requests: { cpu: '1' } },
  },
  status: {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2024-02-29T12:00:00Z' }],
    containerStatuses: [
      {
        name: 'web',
        ready: false,
        restartCount: 0,
        image: '',
        imageID: '',
        state: { running: { startedAt: '2024-02-29T12:00:00Z' } },
        lastState: {},
      },
    ],
  },
};

describe('decodeKubeProtobuf() reads whole objects', () => {
  it('a pod with inlined structs, maps, explicit zeros and negative numbers', () => {
    expect(decodeKubeProtobuf(encodeKubeProtobuf(POD, 'core/v1.Pod'))).toEqual(POD);
    const packed = encodeKubeProtobuf(POD, 'core/v1.Pod', { packed: true });
    expect(decodeKubeProtobuf(packed)).toEqual(POD);
  });

  it('leases with microseconds, extra values and managed fields', () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'n', managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }] },
      spec: { holderIdentity: '', renewTime: '2024-02-29T12:00:00.000042Z', leaseDurationSeconds: 40 },
    };
    expect(decodeKubeProtobuf(encodeKubeProtobuf(lease, 'coordination/v1.Lease'))).toEqual(lease);
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user: 'jane', extra: { scopes: ['a', 'b'], none: [] } },
    };
    expect(decodeKubeProtobuf(encodeKubeProtobuf(review, 'authorization/v1.SubjectAccessReview'))).toEqual(review);
  });

  it('delete options, whatever version the client gives them', () => {
    for (const apiVersion of ['v1', 'policy/v1', 'apps/v1']) {
      const options = { apiVersion, kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' };
      expect(decodeKubeProtobuf(encodeKubeProtobuf(options, 'meta/v1.DeleteOptions'))).toEqual(options);
    }
  });

  it('keys like __proto__ without touching any prototype', () => {
    const bytes = encodeKubeProtobuf(
      { apiVersion: 'v1', kind: 'ConfigMap', data: JSON.parse('{"__proto__":"polluted"}') },
      'core/v1.ConfigMap',
    );
    expect(JSON.stringify(decodeKubeProtobuf(bytes))).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","data":{"__proto__":"polluted"}}',
    );
  });
});

describe('decodeKubeProtobuf() refuses', () => {
  const envelope = (object: { apiVersion: string; kind: string }) => encodeKubeProtobuf(object, 'core/v1.ConfigMap');
  test.each([
    ['nothing', Buffer.alloc(0), 400],
    ['JSON', Buffer.from('{"kind":"Pod"}'), 400],
    ['the magic alone', Buffer.from('k8s\0'), 400],
    ['a kind that does not exist', envelope({ apiVersion: 'v1', kind: 'Nothing' }), 415],
    ['a custom resource', envelope({ apiVersion: 'example.com/v1', kind: 'Custom' }), 415],
    ['a message that is no object', envelope({ apiVersion: 'v1', kind: 'PodSpec' }), 415],
    ['a prototype as version', envelope({ apiVersion: '__proto__', kind: 'constructor' }), 415],
    ['an empty kind', envelope({ apiVersion: 'v1', kind: '' }), 400],
    [
      'a length beyond the end',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])]),
      400,
    ],
    ['a number without end', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(20, 0xff)]), 400],
    ['a group', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0b])]), 400],
    ['field number 0', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x02, 0x00])]), 400],
  ])('%s', (_name, bytes, code) => {
    expect(() => decodeKubeProtobuf(bytes)).toThrow(expect.objectContaining({ name: 'StatusError', code }));
  });

  const settles = (bytes: Uint8Array) => {
    try {
      expect(isJsonObject(decodeKubeProtobuf(bytes))).toBe(true);
    } catch (error) {
      expect(error).toMatchObject({ name: 'StatusError' });
    }
  };

  it('any bytes behind the magic with a status, or reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => settles(Buffer.concat([Buffer.from('k8s\0'), bytes]))),
      { numRuns: 1000 },
    );
  });

  it('recorded bodies with bytes changed, dropped or cut off', () => {
    const body = fc.constantFrom(...RECORDED.map(({ name }) => bytesOf(name)), encodeKubeProtobuf(POD, 'core/v1.Pod'));
    const edits = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(body, edits, fc.nat(2000), (original, changes, cut) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of changes) bytes[4 + (at % (bytes.length - 4))] = value;
        settles(bytes);
        settles(bytes.subarray(0, 4 + (cut % bytes.length)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('decodeKubeProtobuf() of a CustomResourceDefinition', () => {
  const definition = (schema: object) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Widget', plural: 'widgets' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: false, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const MESSAGE = 'apiextensions/v1.CustomResourceDefinition';

  test('a schema keeps its shape: unions, raw JSON, numbers with a point, rules', () => {
    const schema = {
      type: 'object',
      properties: {
        size: { type: 'number', minimum: 0.5, maximum: 0, default: 1.25, enum: [1, 'a', null, { b: [] }] },
        tags: { type: 'array', items: { type: 'string', maxLength: 0 }, 'x-kubernetes-list-type': 'set' },
        pair: { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] },
        open: { type: 'object', additionalProperties: true, 'x-kubernetes-preserve-unknown-fields': true },
        closed: { type: 'object', additionalProperties: false },
        typed: { type: 'object', additionalProperties: { $ref: '#' } },
        any: { 'x-kubernetes-int-or-string': true, dependencies: { a: ['b'], c: { type: 'object' } } },
      },
      'x-kubernetes-validations': [{ rule: 'self.size > 1', message: 'small', optionalOldSelf: false }],
    };
    const decoded = decodeKubeProtobuf(encodeKubeProtobuf(definition(schema), MESSAGE));
    expect(decoded).toEqual(definition(schema));
    expect(
      checkStructure('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition', decoded),
    ).toEqual({ errors: [], unknown: [] });
  });

  test('a schema that is nested without end is refused', () => {
    let schema: object = { type: 'object' };
    for (let depth = 0; depth < 300; depth++) schema = { not: schema };
    expect(() => decodeKubeProtobuf(encodeKubeProtobuf(definition(schema), MESSAGE))).toThrow(/nested/);
  });
});

it('every type the table refers to is a scalar, a special type or a message of the table', () => {
  const known = new Set([
    'string',
    'bytes',
    'bool',
    'int32',
    'int64',
    'double',
    'JSON',
    'Quantity',
    'Time',
    'MicroTime',
    'IntOrString',
    'RawExtension',
    'FieldsV1',
    'ExtraValue',
  ]);
  for (const [module, messages] of Object.entries(wireFields)) {
    for (const name of Object.keys(messages)) {
      for (const field of findMessage(`${module}.${name}`)?.values() ?? []) {
        expect([name, field.name, known.has(field.type) || findMessage(field.type) !== undefined]).toEqual([
          name,
          field.name,
          true,
        ]);
      }
    }
  }
});

import { checkStructure } from './check-structure';
import { decodingError, goText, restoreError } from './decoding-error';

const POD = 'io.k8s.api.core.v1.Pod';
const pod = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });
const container = (fields: object) => pod({ containers: [{ name: 'c' }, { name: 'd', ...fields }] });

function wrongIn(value: unknown, schema = POD) {
  const { first } = checkStructure(schema, value);
  if (!first) throw new Error('it fits');
  return first;
}

describe('decodingError() says what Go says of', () => {
  const into = (what: string, field: string, type: string) =>
    `json: cannot unmarshal ${what} into Go struct field ${field} of type ${type}`;
  test.each([
    [
      'a number for text',
      container({ env: [{ name: 'A', value: 1 }] }),
      into('number', 'EnvVar.spec.containers.env.value', 'string'),
    ],
    ['text for an integer', pod({ priority: 'high' }), into('string', 'PodSpec.spec.priority', 'int32')],
    ['a fraction', pod({ priority: 1.5 }), into('number 1.5', 'PodSpec.spec.priority', 'int32')],
    ['text for a switch', container({ tty: 'true' }), into('string', 'Container.spec.containers.tty', 'bool')],
    ['an object for a list', pod({ containers: {} }), into('object', 'PodSpec.spec.containers', '[]v1.Container')],
    ['a list for an object', pod([]), into('array', 'Pod.spec', 'v1.PodSpec')],
    [
      'text for a map',
      { metadata: { labels: 'x' } },
      into('string', 'ObjectMeta.metadata.labels', 'map[string]string'),
    ],
    ['a value of a map', { metadata: { labels: { a: 1 } } }, into('number', 'ObjectMeta.metadata.labels', 'string')],
    ['an item of a list', container({ args: [true] }), into('bool', 'Container.spec.containers.args', 'string')],
    [
      'amounts that are a list',
      container({ resources: { limits: [] } }),
      into('array', 'ResourceRequirements.spec.containers.resources.limits', 'v1.ResourceList'),
    ],
    [
      'a port',
      container({ livenessProbe: { tcpSocket: { port: true } } }),
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    [
      'an amount',
      container({ resources: { limits: { cpu: 'lots' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ['a unit', container({ resources: { limits: { cpu: '1Gii' } } }), "unable to parse quantity's suffix"],
    [
      'a time',
      { metadata: { creationTimestamp: 'today' } },
      'parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"',
    ],
    [
      'a time that is a number',
      { metadata: { creationTimestamp: 1 } },
      'json: cannot unmarshal number into Go value of type string',
    ],
    ['the object itself', [], 'json: cannot unmarshal array into Go value of type v1.Pod'],
  ])('%s', (_name, value, message) => {
    expect(decodingError(POD, wrongIn(value))).toBe(message);
  });

  test('bytes', () => {
    const secret = 'io.k8s.api.core.v1.Secret';
    const error = (text: unknown) => decodingError(secret, wrongIn({ data: { key: text } }, secret));
    expect(error('abc!')).toBe('illegal base64 data at input byte 3');
    expect(error('abcde')).toBe('illegal base64 data at input byte 5');
    expect(error(7)).toBe(into('number', 'Secret.data', '[]uint8'));
  });
});

test.each([
  ['a map', { metadata: { labels: 'x' } }, 'cannot restore map from string'],
  ['a list', pod({ containers: {} }), 'cannot restore slice from map'],
  ['an object', pod([]), 'cannot restore struct from: slice'],
  ['text', container({ image: 7 }), 'cannot convert int64 to string'],
])('restoreError() says that it is no %s', (_name, value, message) => {
  expect(restoreError(POD, wrongIn(value))).toBe(message);
});

test('goText() writes maps in the order of their keys', () => {
  expect(goText({ b: [1, null, 'x'], a: { c: true } })).toBe('map[a:map[c:true] b:[1 <nil> x]]');
});

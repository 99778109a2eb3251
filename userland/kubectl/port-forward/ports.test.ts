import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { parsePort, podPortWord, servicePortWord } from './ports';

const pod = {
  metadata: { name: 'web' },
  spec: {
    containers: [
      {
        name: 'c',
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
} as Pod;
const service = {
  metadata: { name: 'shop' },
  spec: {
    clusterIP: '10.96.0.9',
    ports: [
      { name: 'web', port: 80, targetPort: 'http' },
      { name: 'admin', port: 9000, targetPort: 9001 },
    ],
  },
} as unknown as Service;

test.each([
  ['80', { local: 80, remote: 80 }],
  ['8080:80', { local: 8080, remote: 80 }],
  [':80', { local: 0, remote: 80 }],
  ['0:80', { local: 0, remote: 80 }],
])('parsePort() reads %s', (word, expected) => {
  expect(parsePort(word)).toEqual(expected);
});

test.each([
  ['a:80', 'error parsing local port \'a\': strconv.ParseUint: parsing "a": invalid syntax'],
  ['80:', 'error parsing remote port \'\': strconv.ParseUint: parsing "": invalid syntax'],
  ['80:0', 'remote port must be > 0'],
  ['80:99999', 'value out of range'],
  ['1:2:3', "invalid port format '1:2:3'"],
])('parsePort() refuses %s', (word, words) => {
  expect(() => parsePort(word)).toThrow(words);
});

test.each([
  ['80', '80'],
  ['1:80', '1:80'],
  ['http', '8080'],
  ['99:http', '99:8080'],
  [':http', ':8080'],
])('podPortWord() makes %s into %s', (word, expected) => {
  expect(podPortWord(word, pod)).toBe(expected);
});

test.each([
  ['80', '80:8080'],
  ['8888:80', '8888:8080'],
  [':web', ':8080'],
  ['web', '80:8080'],
  ['9000', '9000:9001'],
])('servicePortWord() makes %s into %s', (word, expected) => {
  expect(servicePortWord(word, service, pod)).toBe(expected);
});

test('ports that do not exist, or are UDP, are refused by name', () => {
  expect(() => podPortWord('nope', pod)).toThrow("Pod 'web' does not have a named port 'nope'");
  expect(() => podPortWord('53', pod)).toThrow('UDP protocol is not supported for 53');
  expect(() => servicePortWord('81', service, pod)).toThrow('Service shop does not have a service port 81');
});

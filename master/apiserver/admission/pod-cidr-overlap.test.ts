import type { Node } from '../../../helper/api/core/node';
import { podCidrErrors } from './pod-cidr-overlap';

const node = (...podCIDRs: string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  spec: { podCIDRs },
});
const TAKEN = [
  { range: '10.244.1.0/24', by: 'the range of node node2' },
  { range: '10.96.0.0/12', by: 'the range of Services' },
];

test.each([
  ['without a range', [], []],
  ['beside the others', ['10.244.2.0/24'], []],
  ['of another family', ['fd00::/64'], []],
  ['the same', ['10.244.1.0/24'], ['overlaps 10.244.1.0/24, the range of node node2']],
  ['inside another', ['10.244.1.128/25'], ['overlaps 10.244.1.0/24, the range of node node2']],
  ['around another', ['10.244.0.0/16'], ['overlaps 10.244.1.0/24, the range of node node2']],
  ['where Services are', ['10.100.1.0/24'], ['overlaps 10.96.0.0/12, the range of Services']],
])('podCidrErrors() of a range %s', (_name, given, messages) => {
  expect(podCidrErrors(node(...given), TAKEN).map(({ message }) => message)).toEqual(
    messages.map((words) => expect.stringContaining(words)),
  );
});

test('podCidrErrors() names the field', () => {
  expect(podCidrErrors(node('fd00::/64', '10.244.1.0/24'), TAKEN).map(({ field }) => field)).toEqual([
    'spec.podCIDRs[1]',
  ]);
});

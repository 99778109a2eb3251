import { withDefaults } from '../../helper/process/default-settings';
import type { Settings } from '../../helper/process/settings';
import { rangeProblem } from './range-overlaps';

test.each<[string, Partial<Settings>, string | undefined]>([
  ['the defaults', {}, undefined],
  [
    'pods in the Service range',
    { podCidr: '10.97.0.0/16' },
    '--pod-cidr 10.97.0.0/16 overlaps --service-cidrs 10.96.0.0/12',
  ],
  [
    'pods around a later Service range',
    { podCidr: '192.0.0.0/8' },
    '--pod-cidr 192.0.0.0/8 overlaps --service-cidrs 192.168.0.0/16',
  ],
  [
    'a pool in the Service range',
    { loadBalancerCidr: '10.96.8.0/24' },
    '--load-balancer-cidr 10.96.8.0/24 overlaps --service-cidrs 10.96.0.0/12',
  ],
  ['a pool among addresses users ask for', { loadBalancerCidr: '192.168.1.240/28' }, undefined],
  [
    'a pool among pods',
    { loadBalancerCidr: '10.244.9.0/24' },
    '--pod-cidr 10.244.0.0/16 overlaps --load-balancer-cidr 10.244.9.0/24',
  ],
  [
    'pods for no whole node',
    { podCidr: '10.244.0.0/25' },
    '--pod-cidr 10.244.0.0/25: expected a range of /24 or more, since every node gets a /24 of it',
  ],
])('rangeProblem() of %s', (_name, given, expected) => {
  expect(rangeProblem(withDefaults(given))).toBe(expected);
});

import { clusterProfile } from './cluster-profile';

describe('clusterProfile()', () => {
  test('leaves the first cluster its defaults', () => expect(clusterProfile(6443)).toEqual({}));

  test('keeps bridge, chains and ranges of another cluster apart', () => {
    expect(clusterProfile(7443)).toEqual({
      bridgeName: 'mk8s7443',
      chainPrefix: 'K7443',
      podCidr: '10.147.0.0/16',
      serviceCidrs: ['10.211.0.0/16', '192.168.0.0/16'],
      loadBalancerCidr: '198.18.211.0/24',
    });
  });

  test('stays within the lengths the kernel allows for every port', () => {
    const { bridgeName = '', chainPrefix = '' } = clusterProfile(65000);
    expect(bridgeName.length).toBeLessThanOrEqual(15);
    expect(`${chainPrefix}-SVC-ABCDEFGHIJKLMNOP`.length).toBeLessThanOrEqual(28);
  });
});

import { clusterProfile } from './cluster-profile';
import { withDefaults } from './default-settings';

describe('clusterProfile()', () => {
  test('gives the first cluster the usual ranges', () => {
    expect(clusterProfile(6443)).toMatchObject({ chainPrefix: 'KUBE', podCidr: '10.244.0.0/16' });
  });

  test('yields to what the user asks for', () => {
    const { podCidr, loadBalancerCidr } = withDefaults({ portBase: 7443, loadBalancerCidr: '192.0.2.192/26' });
    expect([podCidr, loadBalancerCidr]).toEqual(['10.147.0.0/16', '192.0.2.192/26']);
  });

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
    const { bridgeName, chainPrefix } = clusterProfile(65000);
    expect(bridgeName.length).toBeLessThanOrEqual(15);
    expect(`${chainPrefix}-SVC-ABCDEFGHIJKLMNOP`.length).toBeLessThanOrEqual(28);
  });
});

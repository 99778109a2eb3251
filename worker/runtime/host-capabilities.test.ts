import { partialCapabilities, privilegeOf } from './host-capabilities';

test('partialCapabilities() names what root has on a machine where it has not everything', () => {
  const lacking = partialCapabilities('CapEff:\t0000003ffeffffff\n');
  expect(lacking).toContain('SYS_ADMIN');
  expect(lacking).not.toContain('SYS_RESOURCE');
  expect(partialCapabilities('CapEff:\t000001ffffffffff\n')).toBeUndefined();
  expect(partialCapabilities('Name:\tnode\n')).toBeUndefined();
});

test('privilegeOf() is Docker’s own where that works, and all the machine has where it does not', () => {
  expect(privilegeOf(undefined)).toEqual({ Privileged: true });
  expect(privilegeOf(['NET_ADMIN'])).toMatchObject({
    CapAdd: ['NET_ADMIN'],
    MaskedPaths: [],
    DeviceCgroupRules: ['a *:* rwm'],
  });
});

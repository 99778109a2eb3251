import type { PodSpec } from 'kubernetes-types/core/v1';
import { dropGatedFields } from './gated-fields';

test('dropGatedFields() takes out what features that are off would need, and nothing else', () => {
  const container = {
    name: 'a',
    resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
    resources: { limits: { cpu: '1' }, claims: [{ name: 'gpu' }] },
  };
  const spec = {
    hostUsers: false,
    hostPID: true,
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'one' }],
    resources: { limits: { cpu: '2' } },
    containers: [structuredClone(container)],
    initContainers: [structuredClone(container)],
    ephemeralContainers: [structuredClone(container)],
  } as object as PodSpec;
  dropGatedFields(spec);
  const left = { name: 'a', resources: { limits: { cpu: '1' } } };
  expect(spec).toEqual({ hostPID: true, containers: [left], initContainers: [left], ephemeralContainers: [left] });
});

test('dropGatedFields() leaves a spec without them, and one without containers, as it is', () => {
  const spec = { containers: [{ name: 'a', resources: {} }] };
  dropGatedFields(spec);
  expect(spec).toEqual({ containers: [{ name: 'a', resources: {} }] });
  const empty = {} as PodSpec;
  dropGatedFields(empty);
  expect(empty).toEqual({});
});

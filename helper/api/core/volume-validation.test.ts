import type { VolumeMount } from 'kubernetes-types/core/v1';
import { validateMounts } from './volume-validation';

const FIELD = 'spec.containers[0].volumeMounts[0].recursiveReadOnly';

test.each<[Partial<VolumeMount>, string[]]>([
  [{ recursiveReadOnly: 'Disabled' }, []],
  [{ recursiveReadOnly: 'Enabled', readOnly: true }, []],
  [{ recursiveReadOnly: 'IfPossible', readOnly: true, mountPropagation: 'None' }, []],
  [{ recursiveReadOnly: 'Always', readOnly: true }, ['Unsupported value: "Always"']],
  [{ recursiveReadOnly: 'Enabled' }, ['may only be specified when readOnly is true']],
  [
    { recursiveReadOnly: 'Enabled', readOnly: true, mountPropagation: 'HostToContainer' },
    ['may only be specified when mountPropagation is None or not specified'],
  ],
])('validateMounts() of %j', (more, messages) => {
  const mount = { name: 'v', mountPath: '/v', ...more };
  const errors = validateMounts([mount], new Set(['v']), false, 'spec.containers[0].volumeMounts');
  expect(errors.map(({ field }) => field)).toEqual(messages.map(() => FIELD));
  messages.forEach((message, index) => {
    expect(errors[index]?.message).toContain(message);
  });
});

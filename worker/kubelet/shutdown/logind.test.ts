import { shutdownOf } from './logind';

const line = (member: string, data: unknown[]) =>
  JSON.stringify({ type: 'signal', path: '/org/freedesktop/login1', member, payload: { type: 'b', data } });

test.each([
  ['a shutdown begins', line('PrepareForShutdown', [true]), true],
  ['it was called off', line('PrepareForShutdown', [false]), false],
  ['the machine goes to sleep', line('PrepareForSleep', [true]), undefined],
  ['nothing that is known', line('PrepareForShutdown', []), undefined],
  ['the monitor greets', 'Monitoring bus message stream.', undefined],
  ['an empty line', '', undefined],
])('shutdownOf() of a line that says: %s', (_, text, expected) => {
  expect(shutdownOf(text)).toBe(expected);
});

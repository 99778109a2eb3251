import { createAuthority, openAuthority } from '../../../helper/pki/certificate-authority';
import { renewalTime } from './renewal-time';

const NOW = new Date('2030-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

test.each([
  [0, 0.7],
  [0.5, 0.8],
  [1, 0.9],
])('renewalTime() with share %d lies at %d of the life', async (share, expected) => {
  const authority = openAuthority(await createAuthority('test', NOW));
  const { certificate } = await authority.sign({ commonName: 'x', usages: ['client'] }, NOW);
  const days = (renewalTime(certificate, share).getTime() - NOW.getTime()) / DAY_MS;
  expect(days).toBeCloseTo(365 * expected, 1);
});

test('renewalTime() throws for what is no certificate', () => {
  expect(() => renewalTime('x', 0)).toThrow();
});

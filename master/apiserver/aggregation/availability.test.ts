import type { APIService } from '../../../helper/api/apiregistration/api-service';
import { LOCAL, withAvailability } from './availability';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const OLD = '2020-01-01T00:00:00Z';
const down = { status: 'False' as const, reason: 'ServiceNotFound', message: 'm' };

const service = (condition?: object): APIService =>
  ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.example.com' },
    ...(condition ? { status: { conditions: [{ type: 'Available', ...condition }] } } : {}),
  }) as APIService;

describe('withAvailability()', () => {
  test('adds the condition where there is none', () => {
    expect(withAvailability(service(), LOCAL, NOW).status?.conditions).toEqual([
      { type: 'Available', ...LOCAL, lastTransitionTime: '2026-01-02T03:04:05Z' },
    ]);
  });

  test('keeps the time while the status stays, and changes reason and message', () => {
    const before = service({ ...down, reason: 'MissingEndpoints', lastTransitionTime: OLD });
    expect(withAvailability(before, down, NOW).status?.conditions).toEqual([
      { type: 'Available', ...down, lastTransitionTime: OLD },
    ]);
  });

  test('returns the very object when nothing changes', () => {
    const before = service({ ...down, lastTransitionTime: OLD });
    expect(withAvailability(before, down, NOW)).toBe(before);
  });
});

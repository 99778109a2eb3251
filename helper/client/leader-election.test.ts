import { leaseResource } from '../api/coordination/lease';
import { StatusError } from '../api/status-error';
import { ManualClock } from '../process/clock';
import { FakeClient } from './fake-client';
import { type LeaderElector, startLeaderElection } from './leader-election';

/** Lets promises settle; the clock stands still meanwhile. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('startLeaderElection()', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let heard: string[];
  const compete = (identity: string, through = client): LeaderElector =>
    startLeaderElection(through, {
      name: 'scheduler',
      identity,
      clock,
      onStartedLeading: () => heard.push(`${identity} leads`),
      onStoppedLeading: () => heard.push(`${identity} stops`),
    });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      await settle();
    }
  };
  const holder = () => client.stored(leaseResource)[0]?.spec;

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock(1_700_000_000_000);
    heard = [];
  });

  test('the first to ask leads and keeps leading; the other waits', async () => {
    const one = compete('one');
    await settle();
    const two = compete('two');
    await pass(120);
    expect(heard).toEqual(['one leads']);
    expect([one.isLeader, two.isLeader]).toEqual([true, false]);
    expect(holder()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test('stop() gives the lease back, and the other takes it at its next try', async () => {
    const one = compete('one');
    await settle();
    compete('two');
    await pass(5);
    await one.stop();
    expect(heard).toEqual(['one leads', 'one stops']);
    await pass(3);
    expect(heard).toEqual(['one leads', 'one stops', 'two leads']);
    expect(holder()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  test('a leader cut off from the API stops before another may begin', async () => {
    const cut = new FakeClient();
    const one = compete('one', cut);
    await settle();
    cut.failNext('get', new StatusError('ServiceUnavailable', 'away'), 1000);
    await pass(9);
    expect(one.isLeader).toBe(true);
    await pass(3);
    expect(heard).toEqual(['one leads', 'one stops']);
  });

  test('a lease whose holder died is taken after it ran out, by the own clock', async () => {
    client.seed(leaseResource, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'scheduler', namespace: 'kube-system' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' },
    });
    compete('two');
    await pass(14);
    expect(heard).toEqual([]);
    await pass(3);
    expect(heard).toEqual(['two leads']);
  });

  test('of two that take a lease at once, one gets it', async () => {
    compete('one');
    compete('two');
    await settle();
    expect(heard).toHaveLength(1);
  });
});

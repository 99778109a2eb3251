import { leaseResource } from '../api/coordination/lease';
import { FakeClient } from '../client/fake-client';
import type { Component, ComponentContext } from '../process/component';
import { silentLogger } from '../process/log';
import type { Settings } from '../process/settings';
import { until } from '../process/until';
import { oneActs } from './one-acts';

const contextOf = (leaderElect: boolean): ComponentContext => ({
  settings: { leaderElect } as Settings,
  log: silentLogger(),
  addReadyCheck() {},
});

/** A component that says when it starts and stops. */
function recorded(happened: string[], name: string): Component {
  return {
    name: 'some-controller',
    summary: '',
    async start() {
      happened.push(`${name} started`);
      return {
        async stop() {
          happened.push(`${name} stopped`);
        },
      };
    },
  };
}

describe('oneActs()', () => {
  test('starts at once and takes no Lease where leader election is off', async () => {
    const happened: string[] = [];
    const client = new FakeClient();
    const running = await oneActs(recorded(happened, 'a'), { connect: () => client, exit() {} }).start(
      contextOf(false),
    );
    expect(happened).toEqual(['a started']);
    expect((await client.list(leaseResource)).items).toEqual([]);
    await running.stop();
  });

  test('lets one of two copies act, and the other when the first has given the Lease back', async () => {
    const happened: string[] = [];
    const client = new FakeClient();
    const edges = { connect: () => client, exit: () => happened.push('exit') };
    const first = await oneActs(recorded(happened, 'first'), edges).start(contextOf(true));
    await until(() => happened.length === 1);
    const second = await oneActs(recorded(happened, 'second'), edges).start(contextOf(true));
    expect(happened).toEqual(['first started']);
    await first.stop();
    await until(() => happened.includes('second started'), 10_000);
    await second.stop();
    expect(happened).toEqual(['first started', 'first stopped', 'second started', 'second stopped']);
  });
});

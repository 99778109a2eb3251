/**
 * The controllers of this folder in the harness, over a fake API and a clock moved by hand.
 */

import { type Lease, leaseResource } from '../../../helper/api/coordination/lease';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import type { KubeObject } from '../../../helper/api/meta';
import { StatusError } from '../../../helper/api/status-error';
import { FakeClient } from '../../../helper/client/fake-client';
import type { ControllerSpec } from '../../../helper/controller/controller';
import { type RunningControllers, runControllers } from '../../../helper/controller/run-controller';
import { ManualClock } from '../../../helper/process/clock';
import { silentLogger } from '../../../helper/process/log';
import { until } from '../../../helper/process/until';
import { lifecycleController } from './lifecycle-controller';
import { NOW, nodeOf, podOf } from './node-fixtures';
import { nodeIpamController } from './node-ipam-controller';
import { readinessOf } from './node-taints';
import { podGcController } from './pod-gc-controller';

const GRACE_SECONDS = 40;
let client: FakeClient;
let clock: ManualClock;
let running: RunningControllers;

beforeEach(() => {
  client = new FakeClient();
  clock = new ManualClock(NOW.getTime());
});
afterEach(() => running.stop());

async function start(...specs: ControllerSpec<KubeObject>[]): Promise<void> {
  running = runControllers(specs, { client, log: silentLogger(), clock });
  await running.whenSynced();
}
const lease = (name: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'kube-node-lease' },
  spec: { renewTime: '2020-01-01T00:00:00.000000Z' },
});
const nodeNamed = (name: string) => client.stored(nodeResource).find(({ metadata }) => metadata.name === name) as Node;

/** Counts the plans of a controller, so that a test can wait for one instead of guessing when it was made. */
function counted<T extends KubeObject>(spec: ControllerSpec<T>): ControllerSpec<T> & { readonly plans: () => number } {
  let plans = 0;
  return {
    ...spec,
    plans: () => plans,
    async plan(...given) {
      try {
        return await spec.plan(...given);
      } finally {
        plans += 1;
      }
    },
  };
}
/** Waits for that many plans, and for what the harness does with the last one: its timer is set when this resolves. */
async function planned({ plans }: { plans: () => number }, count: number): Promise<void> {
  await until(() => plans() >= count);
  await new Promise((resolve) => setImmediate(resolve));
}

describe('nodeIpamController()', () => {
  test('never gives one range twice, even to nodes that appear together', async () => {
    await start(nodeIpamController('10.244.0.0/16'));
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => client.create(nodeResource, nodeOf(name))));
    await until(() => client.stored(nodeResource).every(({ spec }) => spec?.podCIDR !== undefined));
    const ranges = client.stored(nodeResource).map(({ spec }) => spec?.podCIDR);
    expect(new Set(ranges).size).toBe(40);
    expect(ranges).toContain('10.244.0.0/24');
    expect(ranges).toContain('10.244.39.0/24');
  });
});

describe('lifecycleController()', () => {
  const silentFor = (seconds: number) => clock.advance(seconds * 1000);

  test('a node whose lease was old when the controller started has its full grace', async () => {
    client.seed(nodeResource, nodeOf('n'));
    client.seed(leaseResource, lease('n'));
    const controller = counted(lifecycleController(client, GRACE_SECONDS));
    await start(controller);
    await planned(controller, 1);
    silentFor(39);
    expect(readinessOf(nodeNamed('n'))).toBe('True');
    silentFor(2);
    await until(() => readinessOf(nodeNamed('n')) === 'Unknown');
  });

  test('an api-server that does not answer at that moment condemns nobody', async () => {
    client.seed(nodeResource, nodeOf('n'));
    client.seed(leaseResource, lease('n'));
    const controller = counted(lifecycleController(client, GRACE_SECONDS));
    await start(controller);
    await planned(controller, 1);
    client.failNext('get', new StatusError('ServiceUnavailable', 'away'));
    silentFor(41);
    await planned(controller, 2);
    // The failed key is tried again after its back-off, and its grace begins there.
    silentFor(1);
    await planned(controller, 3);
    silentFor(39);
    expect(controller.plans()).toBe(3);
    expect(readinessOf(nodeNamed('n'))).toBe('True');
    silentFor(2);
    await until(() => readinessOf(nodeNamed('n')) === 'Unknown');
  });

  test('the second node of a zone waits for its turn', async () => {
    client.seed(
      nodeResource,
      ...['a', 'b', 'c', 'd'].map((name) => nodeOf(name, { ready: name < 'c' ? 'False' : 'True' })),
    );
    await start(lifecycleController(client, GRACE_SECONDS));
    const evicting = () =>
      client.stored(nodeResource).filter(({ spec }) => spec?.taints?.some(({ effect }) => effect === 'NoExecute'));
    const kept = () => client.stored(nodeResource).filter(({ spec }) => spec?.taints?.length);
    await until(() => kept().length === 2 && evicting().length === 1);
    silentFor(9);
    expect(evicting()).toHaveLength(1);
    silentFor(2);
    await until(() => evicting().length === 2);
  });
});

describe('podGcController()', () => {
  test('ends the pods of a node that stays away, after the quarantine', async () => {
    client.seed(nodeResource, nodeOf('here'));
    client.seed(podResource, podOf('orphan', { node: 'gone' }), podOf('fine', { node: 'here' }));
    const controller = counted(podGcController(client));
    await start(controller);
    const names = () => client.stored(podResource).map(({ metadata }) => metadata.name);
    await planned(controller, 2);
    clock.advance(39_000);
    expect(names()).toEqual(['fine', 'orphan']);
    clock.advance(2_000);
    await until(() => names().length === 1);
    expect(names()).toEqual(['fine']);
  });

  test('spares them when the node is back in time', async () => {
    client.seed(podResource, podOf('p', { node: 'n' }));
    const controller = counted(podGcController(client));
    await start(controller);
    await planned(controller, 1);
    await client.create(nodeResource, nodeOf('n'));
    await planned(controller, 2);
    clock.advance(60_000);
    await planned(controller, 2);
    expect(client.stored(podResource)).toHaveLength(1);
  });
});

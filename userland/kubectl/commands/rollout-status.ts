/**
 * How far a rollout is, in kubectl's words, and following it until it is done.
 *
 * Deployments, DaemonSets and StatefulSets count differently what is still missing; each has its function here.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_status/
 */
import type { DaemonSet } from '../../../helper/api/apps/daemon-set';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { StatefulSet } from '../../../helper/api/apps/stateful-set';
import type { Resource } from '../../../helper/api/resource';
import { isExpired } from '../../../helper/api/status-error';
import { CommandError } from '../command-error';
import type { FoundObject } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { Context } from '../verb';

export interface RolloutState {
  readonly text: string;
  readonly isDone: boolean;
}

/** Throws when the rollout exceeded its deadline: it will not get done by waiting. */
export function deploymentState(deployment: Deployment): RolloutState {
  const { metadata, spec, status } = deployment;
  const name = JSON.stringify(metadata.name);
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0))
    return { text: 'Waiting for deployment spec update to be observed...\n', isDone: false };
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new CommandError(`deployment ${name} exceeded its progress deadline`);
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const waiting = (what: string) => ({
    text: `Waiting for deployment ${name} rollout to finish: ${what}...\n`,
    isDone: false,
  });
  if (updatedReplicas < wanted) return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return { text: `deployment ${name} successfully rolled out\n`, isDone: true };
}

function requireRollingUpdate(type: string | undefined): void {
  if (type !== 'RollingUpdate')
    throw new CommandError('rollout status is only available for RollingUpdate strategy type');
}

export function daemonSetState({ metadata, spec, status }: DaemonSet): RolloutState {
  requireRollingUpdate(spec?.updateStrategy?.type);
  const name = JSON.stringify(metadata.name);
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0))
    return { text: 'Waiting for daemon set spec update to be observed...\n', isDone: false };
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  const waiting = (what: string) => ({
    text: `Waiting for daemon set ${name} rollout to finish: ${what}...\n`,
    isDone: false,
  });
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated`);
  if (numberAvailable < desiredNumberScheduled)
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available`);
  return { text: `daemon set ${name} successfully rolled out\n`, isDone: true };
}

export function statefulSetState({ metadata, spec, status }: StatefulSet): RolloutState {
  requireRollingUpdate(spec?.updateStrategy?.type);
  const observed = status?.observedGeneration ?? 0;
  if (observed === 0 || (metadata.generation ?? 0) > observed)
    return { text: 'Waiting for statefulset spec update to be observed...\n', isDone: false };
  const wanted = spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status ?? {};
  const { currentRevision = '', updateRevision = '' } = status ?? {};
  if (readyReplicas < wanted)
    return { text: `Waiting for ${wanted - readyReplicas} pods to be ready...\n`, isDone: false };
  const partition = spec?.updateStrategy?.rollingUpdate?.partition;
  if (partition !== undefined) {
    const share = wanted - partition;
    const text = `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${share} new pods have been updated...\n`;
    if (updatedReplicas < share) return { text, isDone: false };
    return { text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, isDone: true };
  }
  const text = (words: string, count: number, revision: string) =>
    `${words} ${count} pods at revision ${revision}...\n`;
  if (updateRevision !== currentRevision)
    return {
      text: text('waiting for statefulset rolling update to complete', updatedReplicas, updateRevision),
      isDone: false,
    };
  return { text: text('statefulset rolling update complete', currentReplicas, currentRevision), isDone: true };
}

const STATES: Readonly<Record<string, (object: AnyObject) => RolloutState>> = {
  Deployment: (object) => deploymentState(object as Deployment),
  DaemonSet: (object) => daemonSetState(object as unknown as DaemonSet),
  StatefulSet: (object) => statefulSetState(object as unknown as StatefulSet),
};

/** Prints every step until it is done; `watch: false` prints the present one. */
export async function followRollout(
  { resource, object }: FoundObject,
  context: Context,
  { watch, timeoutMs }: { readonly watch: boolean; readonly timeoutMs: number },
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  const stateOf = STATES[resource.kind];
  if (!stateOf) throw new CommandError(`no status viewer has been implemented for ${resource.kind}`);
  const served = resource as Resource<AnyObject>;
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  const signal = limit ? AbortSignal.any([context.signal, limit]) : context.signal;
  let said = '';
  const isDone = (current: AnyObject): boolean => {
    const state = stateOf(current);
    if (state.text !== said) context.output.out(state.text);
    said = state.text;
    return state.isDone || !watch;
  };
  while (!signal.aborted) {
    const current = await context.client.get(served, namespace, name);
    if (isDone(current)) return;
    const resourceVersion = current.metadata.resourceVersion ?? '0';
    try {
      const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion };
      for await (const event of context.client.watch(served, query, signal)) {
        if (event.type === 'DELETED') throw new CommandError('object has been deleted');
        if (event.type !== 'BOOKMARK' && isDone(event.object)) return;
      }
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
  }
  if (limit?.aborted) throw new CommandError('timed out waiting for the condition');
}

/**
 * How far a Deployment's rollout is, in kubectl's words, and following it until it is done.
 */
import { type Deployment, deploymentResource } from '../../../helper/api/apps/deployment';
import { isExpired } from '../../../helper/api/status-error';
import { CommandError } from '../command-error';
import type { Context } from '../verb';

export interface RolloutState {
  readonly text: string;
  readonly isDone: boolean;
}

/** Throws when the rollout exceeded its deadline: it will not get done by waiting. */
export function rolloutState(deployment: Deployment): RolloutState {
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

/** Prints every step until it is done; `watch: false` prints the present one. */
export async function followRollout(
  deployment: Deployment,
  context: Context,
  { watch, timeoutMs }: { readonly watch: boolean; readonly timeoutMs: number },
): Promise<void> {
  const { namespace = '', name } = deployment.metadata;
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  const signal = limit ? AbortSignal.any([context.signal, limit]) : context.signal;
  let said = '';
  const isDone = (current: Deployment): boolean => {
    const state = rolloutState(current);
    if (state.text !== said) context.output.out(state.text);
    said = state.text;
    return state.isDone || !watch;
  };
  while (!signal.aborted) {
    const current = await context.client.get(deploymentResource, namespace, name);
    if (isDone(current)) return;
    const resourceVersion = current.metadata.resourceVersion ?? '0';
    try {
      const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion };
      for await (const event of context.client.watch(deploymentResource, query, signal)) {
        if (event.type === 'DELETED') throw new CommandError('object has been deleted');
        if (event.type !== 'BOOKMARK' && isDone(event.object)) return;
      }
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
  }
  if (limit?.aborted) throw new CommandError('timed out waiting for the condition');
}

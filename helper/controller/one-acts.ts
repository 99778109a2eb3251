/**
 * A component of which several copies may run, on several hosts, while one acts: the one that holds the Lease of its name.
 *
 * Only when the setting `leaderElect` asks for it, since on one machine the supervisor already sees to it that there is one copy,
 * and a killed one must act again at once. A copy that loses the Lease ends its process: whatever it was doing has then ended
 * before another acts; the supervisor starts it again, and it waits.
 * https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
 */
import type { ApiClient } from '../client/client';
import { loadKubeconfig } from '../client/kubeconfig';
import { startLeaderElection } from '../client/leader-election';
import { createClient } from '../client/rest-client';
import type { Component, ComponentContext, RunningComponent } from '../process/component';
import type { Settings } from '../process/settings';

export interface ElectionEdges {
  connect(settings: Settings, userAgent: string): ApiClient & { close?(): void };
  /** ends the process */
  exit(): void;
}

const PROCESS: ElectionEdges = {
  connect: (settings, userAgent) => createClient(loadKubeconfig(settings.kubeconfig), { userAgent }),
  exit: () => process.exit(1),
};

/** The same component, which waits for its Lease where leader election is on. */
export function oneActs(component: Component, edges: ElectionEdges = PROCESS): Component {
  return {
    ...component,
    start: (context) => (context.settings.leaderElect ? compete(component, context, edges) : component.start(context)),
  };
}

async function compete(
  component: Component,
  context: ComponentContext,
  edges: ElectionEdges,
): Promise<RunningComponent> {
  const { settings, log } = context;
  const client = edges.connect(settings, component.name);
  let acting: Promise<RunningComponent> | undefined;
  let stopping = false;
  const elector = startLeaderElection(client, {
    name: component.name,
    log,
    onStartedLeading() {
      log.info({ lease: component.name }, 'became the leader');
      acting = component.start(context);
      acting.catch((error: unknown) => {
        log.fatal({ err: error }, 'cannot start');
        edges.exit();
      });
    },
    onStoppedLeading() {
      if (stopping) return;
      log.fatal({ lease: component.name }, 'lost the lease');
      edges.exit();
    },
  });
  return {
    async stop() {
      stopping = true;
      await (await acting)?.stop();
      await elector.stop();
      client.close?.();
    },
  };
}

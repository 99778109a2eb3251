/**
 * How the parts of the control plane on this machine are: each is asked at its health socket, the store by reading its revision.
 *
 * A part that does not answer is unhealthy, and what went wrong is said; nothing is remembered between two looks.
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import { request as httpRequest } from 'node:http';
import type { ComponentStatus } from '../../../helper/api/core/component-status';
import { CONTROLLERS } from '../../../helper/pki/cluster-certificates';
import { healthSocketPath } from '../../../helper/process/start-component';

const ASK_TIMEOUT_MS = 2_000;
const LONGEST_REASON = 300;

/** What is wrong with it; undefined when it is well. */
export type Ask = () => Promise<string | undefined>;

/** Asks the `/readyz` of a component. Rejects with the reason when it cannot be asked. */
function askSocket(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: '/readyz', timeout: ASK_TIMEOUT_MS, agent: false };
    const asked = httpRequest(options, async (response) => {
      let text = '';
      for await (const chunk of response) if (text.length < LONGEST_REASON) text += chunk;
      resolve(response.statusCode === 200 ? undefined : text.trim());
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${ASK_TIMEOUT_MS} ms`)));
    asked.once('error', reject);
    asked.end();
  });
}

/** The components by the names Kubernetes has for them. */
export function componentsOf(home: string, readStore: () => Promise<unknown>): ReadonlyMap<string, Ask> {
  const ask = async (name: string) => {
    const problem = await askSocket(healthSocketPath(home, name)).catch((error: Error) => error.message);
    return problem === undefined ? undefined : `${name}: ${problem}`;
  };
  return new Map<string, Ask>([
    ['controller-manager', async () => joined(await Promise.all(CONTROLLERS.map(ask)))],
    ['scheduler', () => ask('scheduler')],
    ['etcd-0', () => readStore().then(() => undefined)],
  ]);
}

const joined = (problems: readonly (string | undefined)[]) =>
  problems.filter((problem) => problem !== undefined).join('; ') || undefined;

/** Asks one and puts the answer into Kubernetes' form. */
export async function componentStatus(name: string, ask: Ask): Promise<ComponentStatus> {
  const problem = await ask().catch((error: Error) => error.message);
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [{ type: 'Healthy', status: problem === undefined ? 'True' : 'False', message: problem ?? 'ok' }],
  } as ComponentStatus;
}

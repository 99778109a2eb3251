/**
 * The quick-start application: applied to a cluster that has no Deployment or Pod yet, and proof that all of it works.
 *
 * Its Service must answer over its cluster address before `./run.sh` says that the cluster is up.
 */
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { deploymentResource } from '../../helper/api/apps/deployment';
import { podResource } from '../../helper/api/core/pod';
import { serviceResource } from '../../helper/api/core/service';
import type { KubeObject } from '../../helper/api/meta';
import { apiVersionOf, type Resource } from '../../helper/api/resource';
import { isAlreadyExists, isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import { runCommand } from './run-command';
import { waitUntil } from './wait-until';

const NAMESPACE = 'default';
const NAME = 'hello';
const RESOURCES: readonly Resource[] = [deploymentResource, serviceResource];
const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 1000;

/** true when nobody has deployed anything yet */
export async function isEmpty(client: ApiClient): Promise<boolean> {
  const [deployments, pods] = await Promise.all([
    client.list(deploymentResource, { limit: 1 }),
    client.list(podResource, { limit: 1 }),
  ]);
  return deployments.items.length === 0 && pods.items.length === 0;
}

/** true when the quick-start application is there, from this or an earlier run */
export async function isDeployed(client: ApiClient): Promise<boolean> {
  return client.get(deploymentResource, NAMESPACE, NAME).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
}

/** Creates its objects; those that exist stay as they are. */
export async function deploy(client: ApiClient, projectRoot: string): Promise<void> {
  const text = await readFile(join(projectRoot, 'yaml_default', 'quick-start.yaml'), 'utf8');
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as KubeObject;
    const resource = RESOURCES.find(
      (candidate) => candidate.kind === object.kind && apiVersionOf(candidate) === object.apiVersion,
    );
    if (!resource) throw new Error(`quick-start.yaml: unexpected kind ${JSON.stringify(object.kind)}`);
    object.metadata.namespace = NAMESPACE;
    await client.create(resource, object).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
}

/** Resolves with "2 pods ready" once all wanted pods are available. */
export async function waitAvailable(client: ApiClient): Promise<string> {
  return waitUntil(
    async () => {
      const { spec, status } = await client.get(deploymentResource, NAMESPACE, NAME);
      const wanted = spec?.replicas ?? 0;
      return status?.availableReplicas === wanted ? `${wanted} pods ready` : undefined;
    },
    {
      timeoutMs: READY_TIMEOUT_MS,
      what: 'the pods of the quick-start application are ready',
      advice:
        "See why with './run.sh kubectl get pods', './run.sh kubectl describe pods -l app=hello' and './run.sh logs kubelet'.",
    },
  );
}

/** The Service's address; dialled only when this host routes it to the cluster's own bridge, so that it never leaves the machine. */
export async function waitServiceAnswers(
  client: ApiClient,
  bridgeName: string,
): Promise<{ url: string; answer: string }> {
  const service = await client.get(serviceResource, NAMESPACE, NAME);
  const address = service.spec?.clusterIP ?? '';
  const url = `http://${address}/`;
  const answer = await waitUntil(
    async () => {
      const route = await runCommand('ip', ['route', 'get', address]);
      if (!route.includes(`dev ${bridgeName}`))
        throw new Error(`no route of the cluster for ${address}: ${route.trim()}`);
      return fetchText(url);
    },
    {
      timeoutMs: ANSWER_TIMEOUT_MS,
      what: `${url} answers`,
      advice:
        "Look at './run.sh logs kube-proxy', 'iptables-save -t nat | grep KUBE' and './run.sh kubectl get endpointslices'.",
    },
  );
  return { url, answer: answer.trim() };
}

function fetchText(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const call = get(url, { timeout: REQUEST_TIMEOUT_MS, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
  });
}

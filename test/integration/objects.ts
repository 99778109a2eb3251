/**
 * Small objects the tests make.
 */
import { sampleDeployment } from '../sample-deployment';
import type { TestServer } from './test-server';

export const PODS = '/api/v1/namespaces/default/pods';
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const SERVICES = '/api/v1/namespaces/default/services';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

export const pod = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
});

export const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
});

export const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});

export const deployment = (name: string) => sampleDeployment(name, { containers: [{ name: 'c', image: 'busybox' }] });

/** A Deployment as people write it: what kubectl is given to apply. */
export const WEB_YAML = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: nginx, env: [{name: A, value: "1"}]}
        - {name: side, image: busybox}
`;

/** The default ServiceAccount, which the namespace controller makes in a whole cluster. */
export async function makeDefaultAccount(server: TestServer, namespace = 'default'): Promise<void> {
  await server.send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
}

/**
 * The objects nginx runs as: a Deployment behind a Service of type LoadBalancer, in kube-system. Pure data.
 *
 * They are made once, when the first Ingress appears, and are the user's from then on: replicas, image and resources may be changed.
 */

import type { Deployment } from '../../../helper/api/apps/deployment';
import type { Secret } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import type { Ingress } from '../../../helper/api/networking/ingress';
import { INSTALL_SCRIPT, START_COMMAND } from './install-script';
import { STATUS_PORT } from './render-nginx';

export const PROXY_NAMESPACE = 'kube-system';
export const PROXY_SERVICE = 'ingress-nginx';
export const ACCEPTED_SECRET = 'ingress-nginx-configuration';
const LABELS = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'proxy' };
export const PROXY_SELECTOR = Object.entries(LABELS)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

export const PROXY_SERVICE_OBJECT: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: PROXY_SERVICE, namespace: PROXY_NAMESPACE, labels: LABELS },
  spec: {
    type: 'LoadBalancer',
    selector: LABELS,
    ports: [
      { name: 'http', port: 80, targetPort: 80 },
      { name: 'https', port: 443, targetPort: 443 },
    ],
  },
};

export const PROXY_DEPLOYMENT: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ingress-nginx', namespace: PROXY_NAMESPACE, labels: LABELS },
  spec: {
    replicas: 1,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        automountServiceAccountToken: false,
        // Requests that are under way have time to end.
        terminationGracePeriodSeconds: 30,
        volumes: [{ name: 'accepted', secret: { secretName: ACCEPTED_SECRET, optional: true } }],
        containers: [
          {
            name: 'nginx',
            image: 'nginx:latest',
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', START_COMMAND],
            lifecycle: {
              preStop: {
                exec: {
                  command: [
                    'sh',
                    '-c',
                    'nginx -c /etc/ingress/current/nginx.conf -s quit; while [ -s /run/nginx.pid ]; do sleep 0.1; done',
                  ],
                },
              },
            },
            ports: [
              { name: 'http', containerPort: 80 },
              { name: 'https', containerPort: 443 },
            ],
            volumeMounts: [{ name: 'accepted', mountPath: '/accepted' }],
            readinessProbe: { httpGet: { path: '/healthz', port: STATUS_PORT }, periodSeconds: 2 },
          },
        ],
      },
    },
  },
};

const ACCEPTED_INGRESSES = 'ingresses.json';

/** The Secret pods start from: certificates are in it. Beside the script, the Ingresses it serves, for a controller that starts again. */
export const acceptedSecret = (script: string, ingresses: readonly Ingress[]): Secret => {
  const wishes = ingresses.map(({ apiVersion, kind, metadata, spec }) => ({ apiVersion, kind, metadata, spec }));
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: ACCEPTED_SECRET, namespace: PROXY_NAMESPACE },
    type: 'Opaque',
    data: { [INSTALL_SCRIPT]: base64(script), [ACCEPTED_INGRESSES]: base64(JSON.stringify(wishes)) },
  };
};

/** Those that {@link acceptedSecret} wrote; none where there are none, or somebody changed them. */
export function acceptedIngresses(secrets: readonly Secret[]): Ingress[] {
  const text = secrets.find(({ metadata }) => metadata.name === ACCEPTED_SECRET)?.data?.[ACCEPTED_INGRESSES];
  try {
    return text ? (JSON.parse(Buffer.from(text, 'base64').toString()) as Ingress[]) : [];
  } catch {
    return [];
  }
}

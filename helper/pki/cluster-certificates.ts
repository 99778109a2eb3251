/**
 * Which certificates a minik8s cluster has, and who each one is: plain data, computed from the settings.
 *
 * User and group names are Kubernetes' where it has them. Each of our controllers is a process with an identity of its own,
 * `system:minik8s:<component>`; Kubernetes runs them inside one kube-controller-manager.
 * https://kubernetes.io/docs/setup/best-practices/certificates/
 */
import { hostAddresses } from '../process/default-settings';
import type { Settings } from '../process/settings';
import type { CertificateRequest } from './certificate-authority';

export const AUTHORITY_NAME = 'minik8s-ca';
/** Signs one certificate only: by it extension servers know that a request comes from the API server. */
export const FRONT_PROXY_AUTHORITY_NAME = 'front-proxy-ca';
/** https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/ */
export const FRONT_PROXY_CLIENT: ServerCertificate = {
  file: 'front-proxy-client',
  request: { commonName: 'front-proxy-client', usages: ['client'] },
};
const ADMINISTRATORS = 'system:masters';
const COMPONENTS_GROUP = 'system:minik8s:components';

/** Components that get a kubeconfig, with the user name of those Kubernetes has one for. */
const COMPONENT_USERS: Readonly<Record<string, string | undefined>> = {
  scheduler: 'system:kube-scheduler',
  'kube-proxy': 'system:kube-proxy',
  overlay: undefined,
  'cluster-dns': undefined,
  'node-controller': undefined,
  'replica-set-controller': undefined,
  'deployment-controller': undefined,
  'service-controller': undefined,
  'ingress-controller': undefined,
  'endpoints-controller': undefined,
  'namespace-controller': undefined,
  'garbage-collector': undefined,
  'certificate-controller': undefined,
  'resource-quota-controller': undefined,
  'volume-controller': undefined,
};

/** The controllers, each a process of its own; Kubernetes has one kube-controller-manager. */
export const CONTROLLERS: readonly string[] = Object.keys(COMPONENT_USERS).filter((name) =>
  /^(.*-controller|garbage-collector)$/.test(name),
);

/** One file pair `pki/<file>.{crt,key}`. */
export interface ServerCertificate {
  readonly file: string;
  readonly request: CertificateRequest;
}

/** One kubeconfig with a client certificate inside. */
export interface Identity {
  /** relative to the home */
  readonly kubeconfig: string;
  readonly request: CertificateRequest;
}

/** First address of a range: the API server's Service (10.96.0.0/12 -> 10.96.0.1). */
export function firstAddress(cidr: string): string {
  const [base = '', bits = '32'] = cidr.split('/');
  const value = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}

function apiServerNames({ clusterDomain }: Settings): string[] {
  const service = 'kubernetes.default.svc';
  return ['localhost', 'kubernetes', 'kubernetes.default', service, `${service}.${clusterDomain}`];
}

function apiServerAddresses({ nodeIp, bindAddress, serviceCidrs, apiServerUrl }: Settings): string[] {
  const host = new URL(apiServerUrl).hostname;
  const named = [nodeIp, bindAddress, host].filter((text) => /^\d+\.\d+\.\d+\.\d+$/.test(text) && text !== '0.0.0.0');
  const own = hostAddresses().map(({ address }) => address);
  return [...new Set(['127.0.0.1', '::1', ...named, ...own, ...serviceCidrs.slice(0, 1).map(firstAddress)])];
}

/** Certificates that are files in `pki/`. */
export function serverCertificates(settings: Settings): ServerCertificate[] {
  const { nodeName, nodeIp } = settings;
  const nodeUser = `system:node:${nodeName}`;
  return [
    {
      file: 'apiserver',
      request: {
        commonName: 'kube-apiserver',
        usages: ['server'],
        dnsNames: apiServerNames(settings),
        ipAddresses: apiServerAddresses(settings),
      },
    },
    {
      file: 'apiserver-kubelet-client',
      request: { commonName: 'kube-apiserver-kubelet-client', usages: ['client'] },
    },
    {
      file: 'kubelet',
      request: {
        commonName: nodeUser,
        organizations: ['system:nodes'],
        usages: ['server'],
        dnsNames: [nodeName, 'localhost'],
        ipAddresses: [...new Set([nodeIp, '127.0.0.1'])],
      },
    },
  ];
}

/** Client identities that are kubeconfig files. */
export function identities({ nodeName }: Settings): Identity[] {
  const component = (name: string, request: Omit<CertificateRequest, 'usages'>): Identity => ({
    kubeconfig: `kubeconfig/${name}.kubeconfig`,
    request: { ...request, usages: ['client'] },
  });
  return [
    {
      kubeconfig: 'admin.kubeconfig',
      request: { commonName: 'kubernetes-admin', organizations: [ADMINISTRATORS], usages: ['client'] },
    },
    component('kubelet', { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }),
    ...Object.entries(COMPONENT_USERS).map(([name, user]) =>
      component(name, { commonName: user ?? `system:minik8s:${name}`, organizations: [COMPONENTS_GROUP] }),
    ),
  ];
}

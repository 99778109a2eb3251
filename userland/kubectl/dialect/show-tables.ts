/**
 * The tables of `show`: pure, from objects to rows of text.
 */
import { humanDuration } from '../../../helper/api/age';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import type { KubeObject } from '../../../helper/api/meta';
import type { Ingress } from '../../../helper/api/networking/ingress';
import { bytesOf, formatBytes, formatMilli, milliValue } from '../../../helper/api/quantity';
import { CPU_ANNOTATION, MEMORY_ANNOTATION, STRATEGY_ANNOTATION } from '../../../helper/dialect/pod';
import { instanceName, shownName } from './shown-name';
import { dnsWord, nodeWord, podWord, replicaSetWord, serviceWord } from './status-words';

export interface ShownTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = '-';
const or = (text: string | undefined) => text || NONE;

function createdTime(object: KubeObject, now: Date): string {
  const created = object.metadata.creationTimestamp;
  return created ? humanDuration(now.getTime() - Date.parse(String(created))) : NONE;
}

type Amount = 'cpu' | 'memory';

/** The ceiling as written, else the sum of the containers' limits; `-` when one of them has none. */
function ceiling(pod: Pod, resource: Amount, annotation: string): string {
  const written = pod.metadata.annotations?.[annotation];
  if (written) return written;
  const limits = (pod.spec?.containers ?? []).map(
    ({ resources }) => (resources?.limits as Record<string, string> | undefined)?.[resource],
  );
  if (limits.length === 0 || limits.includes(undefined)) return NONE;
  const measure = resource === 'cpu' ? milliValue : bytesOf;
  const total = limits.reduce((sum, limit) => sum + measure(limit), 0);
  return resource === 'cpu' ? formatMilli(total) : formatBytes(total);
}

/** `host:container` of every host folder, once each. */
function volumesOf({ spec }: Pod): string {
  const folders = new Map(
    (spec?.volumes ?? []).flatMap(({ name, hostPath }) => (hostPath ? [[name, hostPath.path] as const] : [])),
  );
  const mounts = (spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts);
  const pairs = mounts.flatMap(({ name, mountPath }) =>
    folders.has(name) ? [`${folders.get(name)}:${mountPath}`] : [],
  );
  return or([...new Set(pairs)].join(','));
}

const portsOf = ({ spec }: Pod) =>
  or((spec?.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)).join(','));

const POD_HEADER = [
  'name',
  'instance_name',
  'status',
  'created time',
  'ip',
  'volume',
  'ports',
  'cpu',
  'mem',
  'node',
  'strategy',
];

/** `stopped` are manifests of pods that were stopped and can be started again. */
export function podTable(pods: readonly Pod[], nodes: readonly Node[], stopped: readonly Pod[], now: Date): ShownTable {
  const row = (pod: Pod, status: string, instance: string) => [
    shownName(pod),
    instance,
    status,
    createdTime(pod, now),
    or(pod.status?.podIP),
    volumesOf(pod),
    portsOf(pod),
    ceiling(pod, 'cpu', CPU_ANNOTATION),
    ceiling(pod, 'memory', MEMORY_ANNOTATION),
    or(pod.spec?.nodeName),
    or(pod.metadata.annotations?.[STRATEGY_ANNOTATION]),
  ];
  const running = pods.map((pod) => {
    const node = nodes.find(({ metadata }) => metadata.name === pod.spec?.nodeName);
    return row(pod, podWord(pod, node), instanceName(pod));
  });
  return { header: POD_HEADER, rows: [...running, ...stopped.map((pod) => row(pod, 'Removed', NONE))] };
}

const portTexts = ({ spec }: Service) =>
  (spec?.ports ?? []).map(
    ({ port, targetPort, protocol = 'TCP' }) => `${port}->${targetPort ?? port}/${protocol.toLowerCase()}`,
  );

/** Names of the pods behind a Service, ready or not. */
function podInstances(endpoints: Endpoints | undefined): string {
  const addresses = (endpoints?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) => [
    ...addresses,
    ...notReadyAddresses,
  ]);
  const names = addresses.flatMap(({ targetRef, ip }) => targetRef?.name ?? ip);
  return or([...new Set(names)].join(','));
}

export function serviceTable(services: readonly Service[], endpoints: readonly Endpoints[], now: Date): ShownTable {
  const header = [
    'name',
    'instance_name',
    'status',
    'created time',
    'type',
    'cluster IP',
    'external IP',
    'port(s)',
    'pod_instances',
  ];
  const rows = services.map((service) => {
    const { namespace, name } = service.metadata;
    const own = endpoints.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    return [
      shownName(service),
      instanceName(service),
      serviceWord(service, own),
      createdTime(service, now),
      service.spec?.type ?? 'ClusterIP',
      or(service.spec?.clusterIP),
      or(service.spec?.externalIPs?.join(',')),
      or(portTexts(service).join(',')),
      podInstances(own),
    ];
  });
  return { header, rows };
}

/** One row a path, of every Ingress: the dialect's Dns is one. */
export function dnsTable(ingresses: readonly Ingress[], now: Date): ShownTable {
  const header = ['name', 'instance_name', 'status', 'created time', 'host', 'path', 'service_name', 'service_port'];
  const rows = ingresses.flatMap((ingress) =>
    (ingress.spec?.rules ?? []).flatMap(({ host, http }) =>
      (http?.paths ?? []).map(({ path = '/', backend: { service } }) => [
        shownName(ingress),
        instanceName(ingress),
        dnsWord(ingress),
        createdTime(ingress, now),
        host ?? '*',
        // As the dialect has it, without the pattern for what comes behind.
        path.replace(/\(\/\|\$\)\(\.\*\)$|\(\)\(\.\*\)$/, '').replaceAll('\\.', '.'),
        or(service?.name),
        or(String(service?.port?.number ?? service?.port?.name ?? '')),
      ]),
    ),
  );
  return { header, rows };
}

export function replicaSetTable(sets: readonly ReplicaSet[], now: Date): ShownTable {
  const rows = sets.map((set) => [
    shownName(set),
    instanceName(set),
    replicaSetWord(set),
    createdTime(set, now),
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
  ]);
  return { header: ['name', 'instance_name', 'status', 'created time', 'replicas'], rows };
}

/** Where a node's kubelet answers. */
function workingUrl({ status }: Node): string {
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
  return address ? `https://${address}${port ? `:${port}` : ''}` : NONE;
}

/** What a node uses, as `metrics.k8s.io` has it. */
export interface NodeUse {
  readonly metadata: { readonly name: string };
  readonly usage: { readonly cpu: string; readonly memory: string };
}

/** A machine's memory as people name it: `23.5Gi`. */
function roundedBytes(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10}${['', 'Ki', 'Mi', 'Gi'][power] ?? ''}`;
}

const percent = (used: number, of: number) => (of > 0 ? `${Math.round((used / of) * 100)}%` : NONE);

/** `use` of the nodes whose kubelets answer; the others have `-`. */
export function nodeTable(nodes: readonly Node[], use: readonly NodeUse[]): ShownTable {
  const header = ['name', 'status', 'working_url', 'total_memory', 'memory_use_percent', 'cpu_use_percent'];
  const rows = nodes.map((node) => {
    const capacity = node.status?.capacity as Record<string, string> | undefined;
    const used = use.find(({ metadata }) => metadata.name === node.metadata.name)?.usage;
    return [
      shownName(node),
      nodeWord(node),
      workingUrl(node),
      capacity?.['memory'] ? roundedBytes(bytesOf(capacity['memory'])) : NONE,
      used ? percent(bytesOf(used.memory), bytesOf(capacity?.['memory'])) : NONE,
      used ? percent(milliValue(used.cpu), milliValue(capacity?.['cpu'])) : NONE,
    ];
  });
  return { header, rows };
}

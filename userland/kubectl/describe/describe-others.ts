/**
 * `describe` of Services, Nodes, Namespaces, ConfigMaps and Secrets.
 */

import { ageOf } from '../../../helper/api/age';
import type { Lease } from '../../../helper/api/coordination/lease';
import type { ConfigMap } from '../../../helper/api/core/config-map';
import type { LimitRange } from '../../../helper/api/core/limit-range';
import type { Namespace } from '../../../helper/api/core/namespace';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { ResourceQuota } from '../../../helper/api/core/resource-quota';
import type { Secret } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { milliValue } from '../../../helper/api/quantity';
import { sliceEndpointsText } from './describe-endpoints';
import { inOneLine } from './describe-head';
import { describeLimits, describeQuotas } from './describe-policies';
import { type DescribeText, timeText } from './describe-text';

/** Addresses at which a load balancer answers, with how it hands connections over where that is known. */
function balancerText({ status }: Service): string {
  const texts = (status?.loadBalancer?.ingress ?? []).map(({ ip, ipMode, hostname = '' }) =>
    ip ? `${ip}${ipMode ? ` (${ipMode})` : ''}` : hostname,
  );
  return texts.join(', ');
}

export function describeService(text: DescribeText, service: Service, slices: readonly EndpointSlice[]): void {
  const { metadata, spec } = service;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Selector:', inOneLine(spec?.selector)).line(0, 'Type:', spec?.type ?? 'ClusterIP');
  text.optional(0, 'IP Family Policy', spec?.ipFamilyPolicy);
  text.line(0, 'IP Families:', spec?.ipFamilies?.join(',') ?? '<none>');
  text.line(0, 'IP:', spec?.clusterIP ?? '').line(0, 'IPs:', spec?.clusterIPs?.join(',') ?? '<none>');
  text.optional(0, 'External IPs', spec?.externalIPs?.join(','));
  text.optional(0, 'Desired LoadBalancer IP', spec?.loadBalancerIP);
  text.optional(0, 'External Name', spec?.externalName).optional(0, 'LoadBalancer Ingress', balancerText(service));
  for (const { name = '', port, protocol = 'TCP', targetPort, nodePort } of spec?.ports ?? []) {
    text
      .line(0, 'Port:', name || '<unset>', `${port}/${protocol}`)
      .line(0, 'TargetPort:', `${targetPort ?? port}/${protocol}`);
    if (nodePort) text.line(0, 'NodePort:', name || '<unset>', `${nodePort}/${protocol}`);
    text.line(0, 'Endpoints:', sliceEndpointsText(slices, name));
  }
  text.line(0, 'Session Affinity:', spec?.sessionAffinity ?? 'None');
  text.optional(0, 'External Traffic Policy', spec?.externalTrafficPolicy);
  text.optional(0, 'Internal Traffic Policy', spec?.internalTrafficPolicy);
  text.optional(0, 'HealthCheck NodePort', spec?.healthCheckNodePort);
  text.optional(0, 'LoadBalancer Source Ranges', spec?.loadBalancerSourceRanges?.join(','));
}

type Amounts = Readonly<Record<string, unknown>> | undefined;

function sumOf(pods: readonly Pod[], which: 'requests' | 'limits', resource: string): bigint {
  const all = pods.flatMap(({ spec }) => spec?.containers ?? []);
  return all.reduce((sum, { resources }) => {
    const amount = (resources?.[which] as Readonly<Record<string, string>> | undefined)?.[resource];
    return sum + BigInt(amount ? milliValue(amount) : 0);
  }, 0n);
}

function amountText(milli: bigint, resource: string, allocatable: Amounts): string {
  const total = BigInt(milliValue(String(allocatable?.[resource] ?? '0')));
  const percent = total > 0n ? (milli * 100n) / total : 0n;
  const amount = milli === 0n ? '0' : resource === 'cpu' ? cpuText(milli) : memoryText(milli / 1000n);
  return `${amount} (${percent}%)`;
}

const cpuText = (milli: bigint) => (milli % 1000n === 0n ? String(milli / 1000n) : `${milli}m`);
const memoryText = (bytes: bigint) => (bytes % 1048576n === 0n && bytes > 0n ? `${bytes / 1048576n}Mi` : String(bytes));

function describeAllocated(text: DescribeText, node: Node, pods: readonly Pod[], now: Date): void {
  const allocatable: Amounts = node.status?.allocatable;
  text.line(0, `Non-terminated Pods:`, `(${pods.length} in total)`);
  text.table(
    1,
    ['Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'],
    pods.map((pod) => [
      pod.metadata.namespace ?? '',
      pod.metadata.name,
      '',
      ...(['cpu', 'memory'] as const).flatMap((resource) =>
        (['requests', 'limits'] as const).map((which) =>
          amountText(sumOf([pod], which, resource), resource, allocatable),
        ),
      ),
      ageOf(pod.metadata.creationTimestamp as string | undefined, now),
    ]),
  );
  text.line(0, 'Allocated resources:').line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  text.table(
    1,
    ['Resource', 'Requests', 'Limits'],
    (['cpu', 'memory', 'ephemeral-storage'] as const).map((resource) => [
      resource,
      amountText(sumOf(pods, 'requests', resource), resource, allocatable),
      amountText(sumOf(pods, 'limits', resource), resource, allocatable),
    ]),
  );
}

const SYSTEM_INFO = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
] as const;

export function describeNode(
  text: DescribeText,
  node: Node,
  pods: readonly Pod[],
  lease: Lease | undefined,
  now: Date,
): void {
  const { metadata, spec, status } = node;
  const roles = Object.keys(metadata.labels ?? {}).flatMap(
    (label) => /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1] ?? [],
  );
  text.line(0, 'Name:', metadata.name).line(0, 'Roles:', roles.join(',') || '<none>');
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp as string | undefined));
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  text.line(0, 'Taints:', taints[0] ?? '<none>');
  for (const taint of taints.slice(1)) text.line(0, '', taint);
  text.line(0, 'Unschedulable:', spec?.unschedulable ?? false);
  if (lease) {
    text.line(0, 'Lease:').line(1, 'HolderIdentity:', lease.spec?.holderIdentity ?? '<unset>');
    text.line(1, 'AcquireTime:', timeText(lease.spec?.acquireTime as string | undefined));
    text.line(1, 'RenewTime:', timeText(lease.spec?.renewTime as string | undefined));
  }
  if (status?.conditions?.length) {
    text.line(0, 'Conditions:');
    text.table(
      1,
      ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
      status.conditions.map((condition) => [
        `${condition.type} `,
        `${condition.status} `,
        `${timeText(condition.lastHeartbeatTime as string | undefined)} `,
        `${timeText(condition.lastTransitionTime as string | undefined)} `,
        `${condition.reason ?? ''} `,
        condition.message ?? '',
      ]),
    );
  }
  text.line(0, 'Addresses:');
  for (const { type, address } of status?.addresses ?? []) text.line(1, `${type}:`, address);
  for (const [label, amounts] of [
    ['Capacity', status?.capacity],
    ['Allocatable', status?.allocatable],
  ] as const) {
    text.line(0, `${label}:`);
    for (const [name, amount] of Object.entries(amounts ?? {}).sort()) text.line(1, `${name}:`, String(amount));
  }
  text.line(0, 'System Info:');
  const info = status?.nodeInfo;
  for (const [label, field] of SYSTEM_INFO) text.line(1, `${label}:`, info?.[field] ?? '');
  text.optional(0, 'PodCIDR', spec?.podCIDR).optional(0, 'PodCIDRs', spec?.podCIDRs?.join(','));
  describeAllocated(text, node, pods, now);
}

/** What its objects may use at most, and each single one. */
export function describeNamespace(
  text: DescribeText,
  namespace: Namespace,
  quotas: readonly ResourceQuota[],
  limits: readonly LimitRange[],
): void {
  text.line(0, 'Name:', namespace.metadata.name);
  text.map('Labels', namespace.metadata.labels).map('Annotations', namespace.metadata.annotations, ': ');
  text.line(0, 'Status:', namespace.status?.phase ?? '').line(0, '');
  if (quotas.length === 0) text.line(0, 'No resource quota.');
  else describeQuotas(text, quotas);
  text.line(0, '');
  if (limits.length === 0) text.line(0, 'No LimitRange resource.');
  else {
    text.line(0, 'Resource Limits');
    describeLimits(text, limits, ' ');
  }
}

export function describeConfigMap(text: DescribeText, configMap: ConfigMap): void {
  text.line(0, 'Name:', configMap.metadata.name).line(0, 'Namespace:', configMap.metadata.namespace ?? '');
  text.map('Labels', configMap.metadata.labels).map('Annotations', configMap.metadata.annotations, ': ');
  text.line(0, '').line(0, 'Data').line(0, '====');
  for (const [key, value] of Object.entries(configMap.data ?? {})) {
    text.line(0, `${key}:`).line(0, '----');
    for (const line of value.split('\n')) text.line(0, line);
    text.line(0, '');
  }
  text.line(0, '').line(0, 'BinaryData').line(0, '====');
  for (const [key, value] of Object.entries(configMap.binaryData ?? {}))
    text.line(0, `${key}: ${Buffer.from(value, 'base64').length} bytes`);
  text.line(0, '');
}

/** Sizes only: a description must be fit to be shown to others. */
export function describeSecret(text: DescribeText, secret: Secret): void {
  text.line(0, 'Name:', secret.metadata.name).line(0, 'Namespace:', secret.metadata.namespace ?? '');
  text.map('Labels', secret.metadata.labels).map('Annotations', secret.metadata.annotations, ': ');
  text
    .line(0, '')
    .line(0, 'Type:', secret.type ?? 'Opaque')
    .line(0, '')
    .line(0, 'Data')
    .line(0, '====');
  for (const [key, value] of Object.entries(secret.data ?? {}))
    text.line(0, `${key}:`, `${Buffer.from(value, 'base64').length} bytes`);
}

/**
 * `describe networkpolicy`: who may reach the selected pods, and whom they may reach, as sentences.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import type { NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import type { NetworkPolicy } from '../../../helper/api/networking/network-policy';
import { selectorText } from './describe-head';
import type { DescribeText } from './describe-text';

interface Rule {
  readonly ports: readonly NetworkPolicyPort[];
  readonly peers: readonly NetworkPolicyPeer[];
}

/** The words that differ between the two directions. */
interface Direction {
  readonly name: 'ingress' | 'egress';
  readonly peer: 'From' | 'To';
  readonly end: 'source' | 'destination';
}
const INGRESS: Direction = { name: 'ingress', peer: 'From', end: 'source' };
const EGRESS: Direction = { name: 'egress', peer: 'To', end: 'destination' };

function describePort(text: DescribeText, { port, endPort, protocol = 'TCP' }: NetworkPolicyPort): void {
  if (endPort === undefined) text.line(2, `To Port: ${port ?? '<nil>'}/${protocol}`);
  else text.line(2, `To Port Range: ${port ?? ''}-${endPort}/${protocol}`);
}

function describePeer(text: DescribeText, { namespaceSelector, podSelector, ipBlock }: NetworkPolicyPeer): void {
  if (namespaceSelector) text.line(3, `NamespaceSelector: ${selectorText(namespaceSelector)}`);
  if (podSelector) text.line(3, `PodSelector: ${selectorText(podSelector)}`);
  if (!ipBlock || namespaceSelector || podSelector) return;
  text
    .line(3, 'IPBlock:')
    .line(4, `CIDR: ${ipBlock.cidr}`)
    .line(4, `Except: ${(ipBlock.except ?? []).join(', ')}`);
}

function describeRules(text: DescribeText, { name, peer, end }: Direction, rules: readonly Rule[]): void {
  if (rules.length === 0) text.line(2, `<none> (Selected pods are isolated for ${name} connectivity)`);
  rules.forEach(({ ports, peers }, index) => {
    if (ports.length === 0) text.line(2, 'To Port: <any> (traffic allowed to all ports)');
    for (const port of ports) describePort(text, port);
    if (peers.length === 0) text.line(2, `${peer}: <any> (traffic not restricted by ${end})`);
    for (const each of peers) {
      text.line(2, `${peer}:`);
      describePeer(text, each);
    }
    if (index < rules.length - 1) text.line(2, '----------');
  });
}

/** `2026-01-02 15:04:05 +0000 UTC` */
const createdText = (timestamp: string) => `${timestamp.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} +0000 UTC`;

export function describeNetworkPolicy(text: DescribeText, policy: NetworkPolicy): void {
  const { metadata, spec } = policy;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'Created on:', createdText(String(metadata.creationTimestamp ?? '')));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ').line(0, 'Spec:');
  const pods = selectorText(spec?.podSelector);
  const isEveryPod = pods === '<none>';
  text.line(
    1,
    `PodSelector:     ${pods}${isEveryPod ? ' (Allowing the specific traffic to all pods in this namespace)' : ''}`,
  );
  const types = spec?.policyTypes ?? [];
  const rulesOf: readonly [Direction, Rule[]][] = [
    [INGRESS, (spec?.ingress ?? []).map(({ ports = [], from = [] }) => ({ ports, peers: from }))],
    [EGRESS, (spec?.egress ?? []).map(({ ports = [], to = [] }) => ({ ports, peers: to }))],
  ];
  for (const [direction, rules] of rulesOf) {
    const isAffected = types.some((type) => type.toLowerCase() === direction.name);
    text.line(1, `${isAffected ? 'Allowing' : 'Not affecting'} ${direction.name} traffic${isAffected ? ':' : ''}`);
    if (isAffected) describeRules(text, direction, rules);
  }
  text.line(1, `Policy Types: ${types.join(', ')}`);
}

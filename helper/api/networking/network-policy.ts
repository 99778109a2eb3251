/**
 * NetworkPolicy: who may talk to the pods of a selector, and to whom they may talk.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import { BlockList, isIPv6 } from 'node:net';
import type {
  IPBlock,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicy as PublishedNetworkPolicy,
} from 'kubernetes-types/networking/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { each, follows } from '../field-rules';
import { validateCidr } from '../ip-address';
import { formatLabelSelector, validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { portName, portNumber } from '../names';
import type { Resource } from '../resource';

export type NetworkPolicy = ApiObject<PublishedNetworkPolicy>;

export const networkPolicyResource: Resource<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  categories: [],
  namespaced: true,
};

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

const numberErrors = (port: number, field: string) => portNumber(port).map((reason) => invalid(field, port, reason));

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = `${path}.endPort`;
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  }
  if (typeof port === 'number') {
    errors.push(...numberErrors(port, `${path}.port`));
    if (endPort === undefined) return errors;
    if (endPort < port) errors.push(invalid(field, endPort, 'must be greater than or equal to `port`'));
    return [...errors, ...numberErrors(endPort, field)];
  }
  const what = port === undefined ? 'not specified' : 'non-numeric';
  if (endPort !== undefined) errors.push(invalid(field, endPort, `may not be specified when \`port\` is ${what}`));
  return port === undefined ? errors : [...errors, ...follows(portName, port, `${path}.port`)];
}

/** Is the second block a part of the first, and smaller? */
function isStrictSubset(cidr: string, except: string): boolean {
  const [address = '', length = ''] = cidr.split('/');
  const [inner = '', innerLength = ''] = except.split('/');
  const familyOf = (ip: string) => (isIPv6(ip) ? 'ipv6' : 'ipv4');
  const block = new BlockList();
  block.addSubnet(address, Number(length), familyOf(address));
  return block.check(inner, familyOf(inner)) && Number(length) < Number(innerLength);
}

function validateBlock({ cidr, except }: IPBlock, path: string): FieldError[] {
  if (!cidr) return [required(`${path}.cidr`)];
  const errors = validateCidr(cidr, `${path}.cidr`);
  if (errors.length) return errors;
  return each(except, `${path}.except`, (part, at) => {
    const wrong = validateCidr(part, at);
    if (wrong.length) return wrong;
    return isStrictSubset(cidr, part) ? [] : [invalid(at, part, 'must be a strict subset of `cidr`')];
  });
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${path}.ipBlock`) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validatePolicyTypes(types: readonly string[]): FieldError[] {
  if (types.length > POLICY_TYPES.length) {
    return [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  }
  return each(types, 'spec.policyTypes', (type, path) =>
    POLICY_TYPES.includes(type) ? [] : [notSupported(path, type, POLICY_TYPES)],
  );
}

function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  if (!spec) return [];
  return [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...each(spec.ingress, 'spec.ingress', ({ ports, from }, path) => [
      ...each(ports, `${path}.ports`, validatePort),
      ...each(from, `${path}.from`, validatePeer),
    ]),
    ...each(spec.egress, 'spec.egress', ({ ports, to }, path) => [
      ...each(ports, `${path}.ports`, validatePort),
      ...each(to, `${path}.to`, validatePeer),
    ]),
    ...validatePolicyTypes(spec.policyTypes ?? []),
  ];
}

/** Row of the table: NetworkPolicy. */
export const networkPolicyKind = /* @__PURE__ */ defineKind<NetworkPolicy>({
  resource: networkPolicyResource,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column(
      'Pod-Selector',
      'string',
      'The pods the policy is about.',
      ({ spec }) => formatLabelSelector(spec?.podSelector) || '<none>',
    ),
    ageColumn,
  ],
  applyDefaults({ spec }) {
    if (!spec) return;
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of ports ?? []) port.protocol ??= 'TCP';
    }
    // A policy that says nothing of egress leaves it alone, even with no rules for ingress.
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: validateNetworkPolicy,
});

import type { Node } from '../../../helper/api/core/node';
import type { RequestFacts } from '../../../helper/pki/certificate-signing';
import { isOwnServing, neededRights } from './who-asks';

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const bare: RequestFacts = { commonName: '', organizations: [], dnsNames: [], ipAddresses: [], otherNames: [] };
const kubelet: RequestFacts = { ...bare, commonName: 'system:node:n2', organizations: ['system:nodes'] };
const joiner = { username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers'] };
const n2 = { username: 'system:node:n2', groups: ['system:nodes', 'system:authenticated'] };

test.each<[string, string, RequestFacts, { username: string }, string[]]>([
  ['a node that joins', `${CLIENT}-kubelet`, kubelet, joiner, ['nodeclient']],
  ['a node that renews', `${CLIENT}-kubelet`, kubelet, n2, ['selfnodeclient', 'nodeclient']],
  ['kube-proxy', CLIENT, { ...bare, commonName: 'system:kube-proxy' }, joiner, ['nodeagentclient']],
  ['the overlay', CLIENT, { ...bare, commonName: 'system:minik8s:overlay' }, n2, ['nodeagentclient']],
  ['somebody else', CLIENT, { ...bare, commonName: 'jane' }, joiner, []],
  ['kube-proxy with a group', CLIENT, { ...bare, commonName: 'system:kube-proxy', organizations: ['x'] }, joiner, []],
  ['kube-proxy of another signer', 'example.com/x', { ...bare, commonName: 'system:kube-proxy' }, joiner, []],
])('neededRights() of %s', (_name, signer, facts, requestor, expected) => {
  expect(neededRights(signer, facts, requestor)).toEqual(expected);
});

const node = (name: string, address: string): Node =>
  ({ metadata: { name }, status: { addresses: [{ type: 'InternalIP', address }] } }) as Node;
const NODES = [node('n1', '192.0.2.1'), node('n2', '192.0.2.2')];
const own = { ...kubelet, dnsNames: ['n2'], ipAddresses: ['192.0.2.2'] };
const named = (name: string) => ({
  facts: { ...own, commonName: `system:node:${name}`, dnsNames: [name] },
  requestor: { ...n2, username: `system:node:${name}` },
});

test.each<[string, RequestFacts, { username: string; groups: string[] }, boolean]>([
  ['its own name and address', own, n2, true],
  ['an address nobody has yet', { ...own, ipAddresses: ['192.0.2.9'] }, n2, true],
  ['another node’s address', { ...own, ipAddresses: ['192.0.2.1'] }, n2, false],
  ['many addresses', { ...own, ipAddresses: ['192.0.2.2', '192.0.2.9'] }, n2, false],
  ['the address of every machine’s own', { ...own, ipAddresses: ['127.0.0.1'] }, n2, false],
  ['another host’s name', { ...own, dnsNames: ['n2', 'n1'] }, n2, false],
  ['another node', { ...own, commonName: 'system:node:n1' }, n2, false],
  ['a token’s holder', own, joiner, false],
  [
    'a node called like the API',
    named('kubernetes.default.svc').facts,
    named('kubernetes.default.svc').requestor,
    false,
  ],
])('isOwnServing() of %s', (_name, facts, requestor, expected) => {
  expect(isOwnServing(facts, requestor, NODES)).toBe(expected);
});

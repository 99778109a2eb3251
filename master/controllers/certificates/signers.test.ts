import type { RequestFacts } from '../../../helper/pki/certificate-signing';
import { isOurSigner, signingProblem } from './signers';

const NODE: RequestFacts = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  otherNames: [],
};
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET = `${CLIENT}-kubelet`;
const SERVING = 'kubernetes.io/kubelet-serving';
const client = ['client auth', 'digital signature'];
const server = ['server auth', 'digital signature'];
const dns = { ...NODE, dnsNames: ['n1'] };

test.each<[string, string, RequestFacts, string[], string | undefined]>([
  ['anybody’s client certificate', CLIENT, { ...NODE, commonName: 'jane', organizations: [] }, client, undefined],
  ['a client certificate that could also serve', CLIENT, NODE, [...client, 'server auth'], 'usages did not match'],
  ['a kubelet’s client certificate', KUBELET, NODE, client, undefined],
  ['one of another group', KUBELET, { ...NODE, organizations: ['system:masters'] }, client, 'subject organization'],
  ['one of two groups', KUBELET, { ...NODE, organizations: ['system:nodes', 'x'] }, client, 'subject organization'],
  ['one of no node', KUBELET, { ...NODE, commonName: 'jane' }, client, 'subject common name'],
  ['one with other names', KUBELET, dns, client, 'subject alternative names'],
  ['a kubelet’s serving certificate', SERVING, dns, server, undefined],
  ['a serving certificate for nothing', SERVING, NODE, server, 'DNS or IP subjectAltName is required'],
  ['a serving certificate that is a client’s', SERVING, dns, client, 'usages did not match'],
  ['a serving certificate for a URI', SERVING, { ...dns, otherNames: ['spiffe://x'] }, server, 'only DNS and IP'],
])('signingProblem() of %s', (_name, signer, facts, usages, expected) => {
  const problem = signingProblem(signer, facts, usages);
  if (expected === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(expected);
});

test('isOurSigner() leaves others’ signers to them', () => {
  expect([CLIENT, KUBELET, SERVING, 'example.com/signer'].map(isOurSigner)).toEqual([true, true, true, false]);
});

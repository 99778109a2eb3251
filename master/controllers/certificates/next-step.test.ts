import type { CertificateSigningRequest } from '../../../helper/api/certificates/certificate-signing-request';
import { nextStep } from './next-step';

const NOW = new Date('2030-01-02T00:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();

function request(signerName: string, minutes: number, status: object = {}): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'x', creationTimestamp: ago(minutes) },
    spec: { request: '', signerName, usages: ['client auth'] },
    status,
  };
}
const condition = (type: string, minutes = 1) => ({ type, status: 'True', lastUpdateTime: ago(minutes) });
const CLIENT = 'kubernetes.io/kube-apiserver-client';

test.each([
  ['waits for the administrator of another signer', request('example.com/x', 5), 'wait'],
  ['may approve a component of a node', request(CLIENT, 5), 'consider approval'],
  ['may approve a kubelet', request(`${CLIENT}-kubelet`, 5), 'consider approval'],
  ['signs what is approved', request(CLIENT, 5, { conditions: [condition('Approved')] }), 'sign'],
  ['leaves other signers alone', request('example.com/x', 5, { conditions: [condition('Approved')] }), 'wait'],
  ['signs once', request(CLIENT, 5, { conditions: [condition('Approved')], certificate: 'x' }), 'wait'],
  ['does not sign what is denied', request(CLIENT, 5, { conditions: [condition('Denied')] }), 'wait'],
  [
    'does not try again what failed',
    request(CLIENT, 5, { conditions: [condition('Approved'), condition('Failed')] }),
    'wait',
  ],
  ['clears away what was denied an hour ago', request(CLIENT, 99, { conditions: [condition('Denied', 61)] }), 'delete'],
  [
    'clears away what was issued an hour ago',
    request(CLIENT, 99, { conditions: [condition('Approved', 61)], certificate: 'x' }),
    'delete',
  ],
  ['clears away what nobody looked at for a day', request(CLIENT, 24 * 60 + 1), 'delete'],
])('nextStep() %s', (_name, object, expected) => {
  expect(nextStep(object, NOW).step).toBe(expected);
});

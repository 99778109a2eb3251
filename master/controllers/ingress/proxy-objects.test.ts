import type { Ingress } from '../../../helper/api/networking/ingress';
import { acceptedIngresses, acceptedSecret } from './proxy-objects';

const ingress: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace: 'default', annotations: { note: 'x' } },
  spec: { rules: [{ host: 'shop.test' }] },
};

describe('acceptedIngresses()', () => {
  test('reads what acceptedSecret() wrote, without status', () => {
    const secret = acceptedSecret('exit 0', [
      { ...ingress, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
    ]);
    expect(acceptedIngresses([secret])).toEqual([ingress]);
  });

  test.each([
    ['no Secret', []],
    ['a Secret of before', [{ ...acceptedSecret('exit 0', []), data: {} }]],
    ['one that somebody changed', [{ ...acceptedSecret('exit 0', []), data: { 'ingresses.json': 'e3t7' } }]],
  ])('finds none in %s', (_name, secrets) => expect(acceptedIngresses(secrets)).toEqual([]));
});

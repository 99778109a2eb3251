/**
 * When a certificate is renewed: somewhere between 70 and 90 % of its life, as Kubernetes does, so that machines which joined together
 * do not ask together, and a controller that is down for a while costs nobody the node.
 * https://kubernetes.io/docs/tasks/tls/certificate-rotation/#understanding-the-certificate-rotation-configuration
 */
import { X509Certificate } from 'node:crypto';

const EARLIEST = 0.7;
const SPAN = 0.2;

/** The time for this PEM certificate; `share`, from 0 to 1, places it in the span. Throws when it is no certificate. */
export function renewalTime(pem: string, share: number): Date {
  const { validFrom, validTo } = new X509Certificate(pem);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return new Date(from + (to - from) * (EARLIEST + SPAN * share));
}

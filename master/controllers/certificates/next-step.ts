/**
 * What becomes of a CertificateSigningRequest next: pure. Denied and finished ones wait to be cleared away, approved ones are signed,
 * new ones of nodes may be approved, everything else waits for an administrator.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#request-signing-process
 */
import type { CertificateSigningRequest } from '../../../helper/api/certificates/certificate-signing-request';
import { isOurSigner } from './signers';

const MINUTE_MS = 60_000;
/** How long requests are kept, by what has become of them; as in Kubernetes. */
const KEPT_MS = {
  issued: 60 * MINUTE_MS,
  denied: 60 * MINUTE_MS,
  failed: 60 * MINUTE_MS,
  pending: 24 * 60 * MINUTE_MS,
};

export type NextStep = 'sign' | 'consider approval' | 'delete' | 'wait';

export interface Decision {
  readonly step: NextStep;
  /** when to look again although nothing changed */
  readonly againMs: number;
}

function outcomeOf({ status }: CertificateSigningRequest): keyof typeof KEPT_MS | 'approved' {
  const types = new Set(status?.conditions?.map(({ type }) => type));
  if (types.has('Denied')) return 'denied';
  if (types.has('Failed')) return 'failed';
  if (status?.certificate) return 'issued';
  return types.has('Approved') ? 'approved' : 'pending';
}

/** When it last changed: the newest of its conditions, or its creation. */
function changedAt({ metadata, status }: CertificateSigningRequest): number {
  const times = [metadata.creationTimestamp, ...(status?.conditions ?? []).map(({ lastUpdateTime }) => lastUpdateTime)];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}

/** The next step at `now`. */
export function nextStep(request: CertificateSigningRequest, now: Date): Decision {
  const outcome = outcomeOf(request);
  const { signerName } = request.spec;
  if (outcome === 'approved') return { step: isOurSigner(signerName) ? 'sign' : 'wait', againMs: KEPT_MS.pending };
  const leftMs = changedAt(request) + KEPT_MS[outcome] - now.getTime();
  if (leftMs <= 0) return { step: 'delete', againMs: 0 };
  const mayBeNodes = outcome === 'pending' && isOurSigner(signerName);
  return { step: mayBeNodes ? 'consider approval' : 'wait', againMs: leftMs };
}

/**
 * What a pod asks for and may use at most, as quantities: the sums of `pod-resources.ts` written the way the author wrote them.
 *
 * Quotas and limit ranges compare, add and print these; the scheduler and the kubelet compute with the plain numbers.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import type { PodSpec } from 'kubernetes-types/core/v1';
import { formatQuantityLike, isQuantity, type QuantityText } from '../quantity';
import { podResources } from './pod-resources';

/** Resource name -> quantity. */
export type Amounts = Readonly<Record<string, QuantityText>>;

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_UNIT = 1_000_000_000n;

/** How the first container that names the resource writes it. */
function modelOf(spec: PodSpec, list: 'requests' | 'limits', resource: string): QuantityText {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const amount = container.resources?.[list]?.[resource];
    if (isQuantity(amount)) return amount;
  }
  return '0';
}

function amountsOf(spec: PodSpec, list: 'requests' | 'limits', sums: Readonly<Record<string, number>>): Amounts {
  const entries = Object.entries(sums).map(([resource, amount]) => {
    const nanos = BigInt(amount) * (resource === 'cpu' ? NANOS_PER_MILLI : NANOS_PER_UNIT);
    return [resource, formatQuantityLike(nanos, modelOf(spec, list, resource))];
  });
  return Object.fromEntries(entries);
}

/** A resource nobody names is absent, not 0. */
export function podAmounts(spec: PodSpec): { readonly requests: Amounts; readonly limits: Amounts } {
  const { requests, limits } = podResources(spec);
  return { requests: amountsOf(spec, 'requests', requests), limits: amountsOf(spec, 'limits', limits) };
}

/**
 * What of a node pods may have: capacity, less what is reserved, less what hard eviction would take away again. Pure.
 * https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/#node-allocatable
 */
import { addQuantities, bytesOf, compareQuantities, subtractQuantities } from '../../../helper/api/quantity';
import { thresholdBytes } from '../eviction/thresholds';
import type { KubeletConfiguration } from './kubelet-configuration';

const SIGNAL_OF: Readonly<Record<string, string>> = {
  memory: 'memory.available',
  'ephemeral-storage': 'nodefs.available',
};

type Amounts = Readonly<Record<string, string>>;
type Reservations = Pick<KubeletConfiguration, 'kubeReserved' | 'systemReserved' | 'evictionHard'>;

/** Never below zero; resources nobody reserves are as in `capacity`, to the letter. */
export function allocatableOf(
  capacity: Amounts,
  { kubeReserved, systemReserved, evictionHard }: Reservations,
): Amounts {
  return Object.fromEntries(
    Object.entries(capacity).map(([name, amount]) => {
      const signal = SIGNAL_OF[name];
      const kept = signal && evictionHard[signal];
      const forEviction = kept ? thresholdBytes(kept, bytesOf(amount)) : 0;
      const reserved = addQuantities(
        addQuantities(kubeReserved[name] ?? '0', systemReserved[name] ?? '0'),
        forEviction,
      );
      if (compareQuantities(reserved, 0) === 0) return [name, amount];
      const left = subtractQuantities(amount, reserved);
      return [name, compareQuantities(left, 0) < 0 ? '0' : left];
    }),
  );
}

/**
 * Amounts of cpu and memory in use, and the columns in which metrics-server shows them.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import type { Column } from '../kind';
import type { KubeObject } from '../meta';
import { addQuantities } from '../quantity';

export interface ResourceUsage {
  /** cores: `12345678n` */
  readonly cpu: string;
  /** bytes: `1024Ki` */
  readonly memory: string;
}

/** cpu, memory and the span they were measured over; several usages of one object are added. */
export function usageColumns<T extends KubeObject & { window: string }>(
  usagesOf: (object: T) => readonly ResourceUsage[],
): Column<T>[] {
  const total = (object: T, resource: keyof ResourceUsage) =>
    usagesOf(object).reduce((sum, usage) => addQuantities(sum, usage[resource]), '0');
  const shown = (name: string, format: string, value: (object: T) => string): Column<T> => ({
    name,
    type: 'string',
    format,
    description: '',
    priority: 0,
    value,
  });
  return [
    shown('cpu', 'quantity', (object) => total(object, 'cpu')),
    shown('memory', 'quantity', (object) => total(object, 'memory')),
    shown('Window', 'duration', ({ window }) => window),
  ];
}

/**
 * RuntimeClass: a pod that names one gets its overhead and where it can run; nobody can make up an overhead.
 * https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import type { RuntimeClass } from 'kubernetes-types/node/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { compareQuantities } from '../../../helper/api/quantity';
import { forbiddenError } from '../../../helper/api/status-error';
import { sameValue } from '../../../helper/api/validate-metadata';
import { type AdmissionPlugin, isOneOf } from './review';

type Rules = Pick<RuntimeClass, 'overhead' | 'scheduling'>;
type Amounts = Readonly<Record<string, string>>;

function isSame(left: Amounts, right: Amounts): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => right[name] !== undefined && compareQuantities(left[name] ?? '0', right[name]) === 0)
  );
}

/** Puts the overhead of the class on the pod. Returns why it is refused. */
function setOverhead({ spec }: Pod, rules: Rules | undefined): string | undefined {
  if (!spec) return undefined;
  const fixed = rules?.overhead?.podFixed as Amounts | undefined;
  const own = spec.overhead as Amounts | undefined;
  if (!fixed) return own ? 'Pod Overhead set without corresponding RuntimeClass defined Overhead' : undefined;
  if (own && !isSame(own, fixed)) return "Pod's Overhead doesn't match RuntimeClass's defined Overhead";
  spec.overhead = { ...fixed };
  return undefined;
}

/** Joins where the class can run with where the pod wants to. Returns why they cannot be joined. */
function setScheduling({ spec }: Pod, { scheduling }: Rules): string | undefined {
  if (!spec || !scheduling) return undefined;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
  }
  if (Object.keys(nodeSelector).length) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const present = spec.tolerations ?? [];
  const added = tolerations.filter((toleration) => !present.some((own) => sameValue(own, toleration)));
  if (added.length) spec.tolerations = [...present, ...structuredClone(added)];
  return undefined;
}

/** Applies a class to a pod that names it; undefined rules: the pod names none. Returns why the pod is refused. */
export function applyRuntimeClass(pod: Pod, rules: Rules | undefined): string | undefined {
  return setOverhead(pod, rules) ?? (rules ? setScheduling(pod, rules) : undefined);
}

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, ['Pod']),
  mutate({ registry, kind }, { object }) {
    const pod = object as Pod;
    const name = pod.spec?.runtimeClassName;
    if (!name && !pod.spec?.overhead) return;
    const classes = registry.find('node.k8s.io', 'v1', 'runtimeclasses');
    if (!classes) return;
    const found = name ? (classes.get('', name)?.object as Rules | undefined) : undefined;
    const reason = name && !found ? `RuntimeClass ${JSON.stringify(name)} not found` : applyRuntimeClass(pod, found);
    if (reason) throw forbiddenError(kind, pod.metadata.name, `pod rejected: ${reason}`);
  },
};

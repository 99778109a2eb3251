/**
 * The downward API: fields of the pod and amounts of its resources as text, for variables and files.
 *
 * Pure. `fieldRef` and `resourceFieldRef` are resolved here for both `expand-env.ts` and the downwardAPI volume.
 * https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
import type { Container, ResourceFieldSelector } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { parseQuantity } from '../../helper/api/quantity';

/** What a field may ask about the node and the running pod. */
export interface FieldFacts {
  readonly nodeName: string;
  readonly hostIp: string;
  /** '' while the pod has no address */
  readonly podIp: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The text of `metadata.name`, `metadata.labels['app']`, `status.podIP`, ...; throws on a path the downward API lacks. */
export function podField(pod: Pod, fieldPath: string, facts: FieldFacts): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return facts.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIp;
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIp;
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** One `key="value"` a line, sorted, the value escaped: the format of labels in downwardAPI files. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/**
 * `limits.cpu`, `requests.memory`, ... of a container divided by the divisor and rounded up. A limit that is not set is the
 * node's allocatable amount. Throws on a resource name it does not know.
 */
export function resourceField(container: Container, selector: ResourceFieldSelector, facts: FieldFacts): string {
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(selector.resource);
  if (!match) throw new Error(`unsupported container resource : ${selector.resource}`);
  const [, list, name = ''] = match;
  const { limits = {}, requests = {} } = container.resources ?? {};
  const wanted = list === 'limits' ? (limits[name] ?? facts.allocatable[name]) : (requests[name] ?? limits[name]);
  const value = parseQuantity(wanted ?? '0');
  const divisor = parseQuantity(selector.divisor && selector.divisor !== '0' ? selector.divisor : '1');
  return String((value + divisor - 1n) / divisor);
}

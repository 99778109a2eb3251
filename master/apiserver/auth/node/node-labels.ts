/**
 * Which labels a kubelet may put on its own node: its own, and whatever is not Kubernetes'.
 *
 * Otherwise a broken-into node could label itself into the set a secret workload is steered to. Labels under
 * `node-restriction.kubernetes.io/` are for administrators to rely on exactly because of this rule.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
type Labels = Readonly<Record<string, string>> | undefined;

const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const KUBELET_PREFIXES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const KUBERNETES_PREFIXES = ['kubernetes.io', 'k8s.io'];
const RESTRICTED_PREFIXES = ['node-restriction.kubernetes.io'];

const isUnder = (prefix: string, domains: readonly string[]) =>
  domains.some((domain) => prefix === domain || prefix.endsWith(`.${domain}`));

function mayKubeletSet(label: string): boolean {
  const slash = label.indexOf('/');
  const prefix = slash < 0 ? '' : label.slice(0, slash);
  if (isUnder(prefix, RESTRICTED_PREFIXES)) return false;
  return !isUnder(prefix, KUBERNETES_PREFIXES) || KUBELET_LABELS.has(label) || isUnder(prefix, KUBELET_PREFIXES);
}

/** The labels that differ and that a kubelet may not touch, sorted. */
export function forbiddenLabels(labels: Labels = {}, old: Labels = {}): string[] {
  const keys = [...new Set([...Object.keys(labels), ...Object.keys(old)])];
  return keys.filter((key) => labels[key] !== old[key] && !mayKubeletSet(key)).sort();
}

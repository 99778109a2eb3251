/**
 * `describe pod`, and the part about pods that everything with a pod template shares.
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { describeContainer } from './describe-container';
import { phaseText, selectorText } from './describe-head';
import { describeVolumes } from './describe-pod-volumes';
import { type DescribeText, timeText } from './describe-text';

/** Where things stand in the text: kubectl moves headings of a template by two columns and names by one. */
interface Layout {
  readonly heading: string;
  readonly name: string;
}
const OF_POD: Layout = { heading: '', name: '  ' };
const OF_TEMPLATE: Layout = { heading: '  ', name: '   ' };

/** Containers of a pod, with their statuses, or of a template. */
export function describePodSpec(text: DescribeText, spec: PodSpec | undefined, pod?: Pod): void {
  const layout = pod ? OF_POD : OF_TEMPLATE;
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod?.status ?? {};
  const statuses = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
  const describeAll = (heading: string, containers: readonly Container[]) => {
    text.line(0, `${layout.heading}${heading}`);
    for (const container of containers) {
      const status = statuses.find(({ name }) => name === container.name);
      describeContainer(text, container, status, layout.name, pod);
    }
  };
  if (spec?.initContainers?.length) describeAll('Init Containers:', spec.initContainers);
  describeAll('Containers:', spec?.containers ?? []);
  if (spec?.ephemeralContainers?.length) describeAll('Ephemeral Containers:', spec.ephemeralContainers);
}

/** What follows the containers of a template. */
export function describeTemplateRest(text: DescribeText, spec: PodSpec | undefined): void {
  describeVolumes(text, spec, OF_TEMPLATE.heading, OF_TEMPLATE.name);
  describeSpreading(text, spec, OF_TEMPLATE);
  text.optional(1, 'Priority Class Name', spec?.priorityClassName).map('  Node-Selectors', spec?.nodeSelector);
  describeTolerations(text, spec, OF_TEMPLATE);
}

function describeSpreading(text: DescribeText, spec: PodSpec | undefined, layout: Layout): void {
  const constraints = spec?.topologySpreadConstraints ?? [];
  if (constraints.length === 0) return;
  const texts = [...constraints]
    .sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1))
    .map(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }) => {
      const selector = labelSelector ? ` for selector ${selectorText(labelSelector)}` : '';
      return `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`;
    });
  text.list(`${layout.heading}Topology Spread Constraints`, texts);
}

function describeTolerations(text: DescribeText, spec: PodSpec | undefined, layout: Layout): void {
  const texts = (spec?.tolerations ?? []).map(({ key = '', value, effect, operator, tolerationSeconds }) => {
    const seconds = tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`;
    return `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}${operator === 'Exists' ? ' op=Exists' : ''}${seconds}`;
  });
  text.line(0, `${layout.heading}Tolerations:`, texts[0] ?? '<none>');
  for (const further of texts.slice(1)) text.line(0, '', further);
}

export function describePod(text: DescribeText, pod: Pod, now: Date): void {
  const { spec, status, metadata } = pod;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'Priority:', spec?.priority ?? 0).optional(0, 'Priority Class Name', spec?.priorityClassName);
  text.optional(0, 'Runtime Class Name', spec?.runtimeClassName);
  text.line(0, 'Service Account:', spec?.serviceAccountName ?? 'default');
  text.line(0, 'Node:', spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>');
  if (status?.startTime) text.line(0, 'Start Time:', timeText(String(status.startTime)));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Status:', phaseText(pod, status?.phase, now));
  if (metadata.deletionGracePeriodSeconds !== undefined)
    text.line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds}s`);
  text.optional(0, 'Reason', status?.reason).optional(0, 'Message', status?.message);
  const { seccompProfile } = spec?.securityContext ?? {};
  text.optional(0, 'SeccompProfile', seccompProfile?.type);
  text.optional(0, 'LocalhostProfile', seccompProfile?.localhostProfile);
  text.line(0, 'IP:', status?.podIP ?? '');
  const addresses = (status?.podIPs ?? []).map(({ ip }) => ip);
  if (addresses.length > 0) {
    text.line(0, 'IPs:');
    for (const ip of addresses) text.line(1, 'IP:', ip ?? '');
  } else text.line(0, 'IPs:', '<none>');
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  text.optional(0, 'NominatedNodeName', status?.nominatedNodeName);
  describePodSpec(text, spec, pod);
  const statusOf = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
  if (spec?.readinessGates?.length) {
    text.line(0, 'Readiness Gates:').line(1, 'Type', 'Status');
    for (const { conditionType } of spec.readinessGates)
      text.line(1, `${conditionType} `, `${statusOf(conditionType) ?? '<none>'} `);
  }
  if (status?.conditions?.length) {
    text.line(0, 'Conditions:').line(1, 'Type', 'Status');
    for (const condition of status.conditions) text.line(1, `${condition.type} `, `${condition.status} `);
  }
  describeVolumes(text, spec, OF_POD.heading, OF_POD.name);
  text.line(0, 'QoS Class:', status?.qosClass ?? '');
  text.map('Node-Selectors', spec?.nodeSelector);
  describeTolerations(text, spec, OF_POD);
  describeSpreading(text, spec, OF_POD);
}

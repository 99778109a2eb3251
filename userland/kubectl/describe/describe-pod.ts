/**
 * `describe pod`, and the part about containers that everything with a pod template shares.
 */
import type {
  Container,
  ContainerState,
  ContainerStatus,
  PodSpec,
  Volume,
  VolumeProjection,
} from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { type DescribeText, timeText } from './describe-text';

function describeState(text: DescribeText, label: string, state: ContainerState | undefined): void {
  if (state?.running) {
    text.line(2, `${label}:`, 'Running').line(3, 'Started:', timeText(String(state.running.startedAt)));
  } else if (state?.waiting) {
    text.line(2, `${label}:`, 'Waiting').optional(3, 'Reason', state.waiting.reason);
  } else if (state?.terminated) {
    const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated;
    text.line(2, `${label}:`, 'Terminated').optional(3, 'Reason', reason).optional(3, 'Message', message);
    text.line(3, 'Exit Code:', exitCode).optional(3, 'Signal', signal || undefined);
    text.line(3, 'Started:', timeText(startedAt as string | undefined));
    text.line(3, 'Finished:', timeText(finishedAt as string | undefined));
  } else if (label === 'State') text.line(2, 'State:', 'Waiting');
}

function describeStatus(text: DescribeText, status: ContainerStatus): void {
  describeState(text, 'State', status.state);
  if (Object.keys(status.lastState ?? {}).length > 0) describeState(text, 'Last State', status.lastState);
  text.line(2, 'Ready:', status.ready ? 'True' : 'False').line(2, 'Restart Count:', status.restartCount);
}

function describeAmounts(
  text: DescribeText,
  label: string,
  amounts: Readonly<Record<string, unknown>> | undefined,
): void {
  if (!amounts || Object.keys(amounts).length === 0) return;
  text.line(2, `${label}:`);
  for (const [name, amount] of Object.entries(amounts).sort()) text.line(3, `${name}:`, String(amount));
}

function describeEnv(text: DescribeText, { env = [], envFrom = [] }: Container): void {
  for (const { configMapRef, secretRef, prefix } of envFrom) {
    const from = configMapRef ? `${configMapRef.name}\tConfigMap` : `${secretRef?.name ?? ''}\tSecret`;
    text
      .line(2, 'Environment Variables from:')
      .line(
        3,
        `${from}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${(configMapRef ?? secretRef)?.optional ?? false}`,
      );
  }
  if (env.length === 0) {
    text.line(2, 'Environment:', '<none>');
    return;
  }
  text.line(2, 'Environment:');
  for (const { name, value, valueFrom } of env) {
    const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = valueFrom ?? {};
    if (fieldRef) text.line(3, `${name}:`, ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`);
    else if (configMapKeyRef)
      text.line(
        3,
        `${name}:`,
        `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>`,
        `Optional: ${configMapKeyRef.optional ?? false}`,
      );
    else if (secretKeyRef)
      text.line(
        3,
        `${name}:`,
        `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>`,
        `Optional: ${secretKeyRef.optional ?? false}`,
      );
    else if (resourceFieldRef) text.line(3, `${name}:`, `(${resourceFieldRef.resource})`);
    else text.line(3, `${name}:`, value ?? '');
  }
}

function describeContainer(
  text: DescribeText,
  container: Container,
  status: ContainerStatus | undefined,
  indent: string,
): void {
  text.line(0, `${indent}${container.name}:`);
  if (status) text.line(2, 'Container ID:', status.containerID ?? '');
  text.line(2, 'Image:', container.image ?? '');
  if (status) text.line(2, 'Image ID:', status.imageID);
  const ports = (container.ports ?? []).map(({ containerPort, protocol }) => `${containerPort}/${protocol ?? 'TCP'}`);
  const hostPorts = (container.ports ?? []).map(({ hostPort, protocol }) => `${hostPort ?? 0}/${protocol ?? 'TCP'}`);
  text.line(2, ports.length > 1 ? 'Ports:' : 'Port:', ports.join(', ') || '<none>');
  text.line(2, ports.length > 1 ? 'Host Ports:' : 'Host Port:', hostPorts.join(', ') || '<none>');
  for (const [label, words] of [
    ['Command', container.command],
    ['Args', container.args],
  ] as const) {
    if (!words?.length) continue;
    text.line(2, `${label}:`);
    for (const word of words) text.line(3, word);
  }
  if (status) describeStatus(text, status);
  describeAmounts(text, 'Limits', container.resources?.limits);
  describeAmounts(text, 'Requests', container.resources?.requests);
  describeEnv(text, container);
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) text.line(2, 'Mounts:', '<none>');
  else text.line(2, 'Mounts:');
  for (const { mountPath, name, readOnly, subPath } of mounts)
    text.line(
      3,
      `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${subPath ? `,path=${JSON.stringify(subPath)}` : ''})`,
    );
}

function describeSource(
  text: DescribeText,
  { serviceAccountToken, configMap, secret, downwardAPI }: VolumeProjection,
): void {
  if (serviceAccountToken) text.line(2, 'TokenExpirationSeconds:', serviceAccountToken.expirationSeconds ?? 3600);
  if (configMap)
    text
      .line(2, 'ConfigMapName:', configMap.name ?? '')
      .line(2, 'ConfigMapOptional:', String(configMap.optional ?? '<nil>'));
  if (secret)
    text.line(2, 'SecretName:', secret.name ?? '').line(2, 'SecretOptionalName:', String(secret.optional ?? '<nil>'));
  if (downwardAPI) text.line(2, 'DownwardAPI:', true);
}

function describeVolume(text: DescribeText, volume: Volume, indent: string): void {
  text.line(0, `${indent}${volume.name}:`);
  if (volume.hostPath) {
    text.line(2, 'Type:', 'HostPath (bare host directory volume)').line(2, 'Path:', volume.hostPath.path);
    text.line(2, 'HostPathType:', volume.hostPath.type ?? '');
  } else if (volume.emptyDir) {
    text.line(2, 'Type:', "EmptyDir (a temporary directory that shares a pod's lifetime)");
    text.line(2, 'Medium:', volume.emptyDir.medium ?? '').line(2, 'SizeLimit:', volume.emptyDir.sizeLimit ?? '<unset>');
  } else if (volume.configMap) {
    text
      .line(2, 'Type:', 'ConfigMap (a volume populated by a ConfigMap)')
      .line(2, 'Name:', volume.configMap.name ?? '');
    text.line(2, 'Optional:', volume.configMap.optional ?? false);
  } else if (volume.secret) {
    text
      .line(2, 'Type:', 'Secret (a volume populated by a Secret)')
      .line(2, 'SecretName:', volume.secret.secretName ?? '');
    text.line(2, 'Optional:', volume.secret.optional ?? false);
  } else if (volume.projected) {
    text.line(2, 'Type:', 'Projected (a volume that contains injected data from multiple sources)');
    for (const source of volume.projected.sources ?? []) describeSource(text, source);
  } else text.line(2, 'Type:', Object.keys(volume).find((key) => key !== 'name') ?? '<unknown>');
}

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
      describeContainer(text, container, status, layout.name);
    }
  };
  if (spec?.initContainers?.length) describeAll('Init Containers:', spec.initContainers);
  describeAll('Containers:', spec?.containers ?? []);
  if (spec?.ephemeralContainers?.length) describeAll('Ephemeral Containers:', spec.ephemeralContainers);
}

function describeVolumes(text: DescribeText, spec: PodSpec | undefined, layout: Layout): void {
  const volumes = spec?.volumes ?? [];
  if (volumes.length === 0) text.line(0, `${layout.heading}Volumes:`, '<none>');
  else text.line(0, `${layout.heading}Volumes:`);
  for (const volume of volumes) describeVolume(text, volume, layout.name);
}

/** What follows the containers of a template. */
export function describeTemplateRest(text: DescribeText, spec: PodSpec | undefined): void {
  describeVolumes(text, spec, OF_TEMPLATE);
  text.map('  Node-Selectors', spec?.nodeSelector);
  describeTolerations(text, spec, OF_TEMPLATE);
}

function describeTolerations(text: DescribeText, spec: PodSpec | undefined, layout: Layout): void {
  const texts = (spec?.tolerations ?? []).map(({ key = '', value, effect, operator, tolerationSeconds }) => {
    const seconds = tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`;
    return `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}${operator === 'Exists' ? ' op=Exists' : ''}${seconds}`;
  });
  text.line(0, `${layout.heading}Tolerations:`, texts[0] ?? '<none>');
  for (const further of texts.slice(1)) text.line(0, '', further);
}

export function describePod(text: DescribeText, pod: Pod): void {
  const { spec, status, metadata } = pod;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'Priority:', spec?.priority ?? 0).line(0, 'Service Account:', spec?.serviceAccountName ?? 'default');
  text.line(0, 'Node:', spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>');
  if (status?.startTime) text.line(0, 'Start Time:', timeText(String(status.startTime)));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Status:', metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''));
  if (metadata.deletionGracePeriodSeconds !== undefined)
    text.line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds}s`);
  text.optional(0, 'Reason', status?.reason).optional(0, 'Message', status?.message);
  text.line(0, 'IP:', status?.podIP ?? '');
  const addresses = (status?.podIPs ?? []).map(({ ip }) => ip);
  if (addresses.length > 0) {
    text.line(0, 'IPs:');
    for (const ip of addresses) text.line(1, 'IP:', ip ?? '');
  } else text.line(0, 'IPs:', '<none>');
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  describePodSpec(text, spec, pod);
  if (status?.conditions?.length) {
    text.line(0, 'Conditions:').line(1, 'Type', 'Status');
    for (const condition of status.conditions) text.line(1, `${condition.type} `, `${condition.status} `);
  }
  describeVolumes(text, spec, OF_POD);
  text.line(0, 'QoS Class:', status?.qosClass ?? '');
  text.map('Node-Selectors', spec?.nodeSelector);
  describeTolerations(text, spec, OF_POD);
}

/**
 * One container in a description: what it runs, how it is doing, what it gets from outside.
 */
import type { Container, ContainerState, ContainerStatus, EnvVar, Probe } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { milliValue } from '../../../helper/api/quantity';
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

function describeEnvFrom(text: DescribeText, { envFrom = [] }: Container): void {
  if (envFrom.length === 0) return;
  text.line(2, 'Environment Variables from:');
  for (const { configMapRef, secretRef, prefix } of envFrom) {
    const from = configMapRef ? `${configMapRef.name}\tConfigMap` : `${secretRef?.name ?? ''}\tSecret`;
    const isOptional = (configMapRef ?? secretRef)?.optional ?? false;
    text.line(3, `${from}${prefix ? ` with prefix '${prefix}'` : ''}`, `Optional: ${isOptional}`);
  }
}

/** The value of a field of the pod, where it can be told from its metadata. */
function fieldValue(pod: Pod | undefined, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod?.metadata[map === 'labels' ? 'labels' : 'annotations']?.[key] ?? '';
  const [, field] = /^metadata\.(name|namespace|uid)$/.exec(path) ?? [];
  return field ? String(pod?.metadata[field as 'name' | 'namespace' | 'uid'] ?? '') : '';
}

/** What `limits.cpu` comes to: whole units, rounded up. */
function resourceValue(container: Container, resource: string, divisor: string | number | undefined): string {
  const [kind, name = ''] = resource.split('.', 2);
  const amounts = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  const unit = milliValue(divisor ?? 1) || 1000;
  return String(Math.ceil(milliValue((amounts as Readonly<Record<string, string>> | undefined)?.[name]) / unit));
}

function describeVariable(
  text: DescribeText,
  { name, value, valueFrom }: EnvVar,
  container: Container,
  pod?: Pod,
): void {
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = valueFrom ?? {};
  const label = `${name}:`;
  if (fieldRef) {
    const { apiVersion = 'v1', fieldPath } = fieldRef;
    text.line(3, label, `${fieldValue(pod, fieldPath)} (${apiVersion}:${fieldPath})`);
  } else if (configMapKeyRef) {
    const { key, name: from = '', optional = false } = configMapKeyRef;
    text.line(3, label, `<set to the key '${key}' of config map '${from}'>`, `Optional: ${optional}`);
  } else if (secretKeyRef) {
    const { key, name: from = '', optional = false } = secretKeyRef;
    text.line(3, label, `<set to the key '${key}' in secret '${from}'>`, `Optional: ${optional}`);
  } else if (resourceFieldRef) {
    const { resource, divisor } = resourceFieldRef;
    text.line(3, label, `${resourceValue(container, resource, divisor as string | undefined)} (${resource})`);
  } else {
    const [first = '', ...further] = (value ?? '').split('\n');
    text.line(3, label, first);
    for (const line of further) text.line(3, '', line);
  }
}

function describeEnv(text: DescribeText, container: Container, pod: Pod | undefined): void {
  describeEnvFrom(text, container);
  const { env = [] } = container;
  text.line(2, 'Environment:', ...(env.length === 0 ? ['<none>'] : []));
  for (const variable of env) describeVariable(text, variable, container, pod);
}

/** What a probe does, and how often. */
function probeText({ exec, httpGet, tcpSocket, grpc, ...probe }: Probe): string {
  const {
    initialDelaySeconds = 0,
    timeoutSeconds = 0,
    periodSeconds = 0,
    successThreshold = 0,
    failureThreshold = 0,
  } = probe;
  const pace = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${pace}`;
  if (httpGet) {
    const { scheme = 'HTTP', host = '', port, path = '' } = httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path} ${pace}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${pace}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${pace}`;
  return `unknown ${pace}`;
}

function describeProbes(text: DescribeText, { livenessProbe, readinessProbe, startupProbe }: Container): void {
  if (livenessProbe) text.line(2, 'Liveness:', probeText(livenessProbe));
  if (readinessProbe) text.line(2, 'Readiness:', probeText(readinessProbe));
  if (startupProbe) text.line(2, 'Startup:', probeText(startupProbe));
}

/** `indent` stands before its name; `pod` is the one it runs in, undefined for a template. */
export function describeContainer(
  text: DescribeText,
  container: Container,
  status: ContainerStatus | undefined,
  indent: string,
  pod: Pod | undefined,
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
    for (const line of words.flatMap((word) => word.split('\n'))) text.line(3, line);
  }
  if (status) describeStatus(text, status);
  describeAmounts(text, 'Limits', container.resources?.limits);
  describeAmounts(text, 'Requests', container.resources?.requests);
  describeProbes(text, container);
  describeEnv(text, container, pod);
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) text.line(2, 'Mounts:', '<none>');
  else text.line(2, 'Mounts:');
  for (const { mountPath, name, readOnly, subPath } of mounts)
    text.line(
      3,
      `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${subPath ? `,path=${JSON.stringify(subPath)}` : ''})`,
    );
}

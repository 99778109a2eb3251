/**
 * Rules of probes and lifecycle handlers: one way to ask, and numbers that make sense.
 * https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { portName, portNumber } from '../names';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
const SCHEMES = ['HTTP', 'HTTPS'];
const HEADER_NAME = /^[-A-Za-z0-9]+$/;
const NOT_NEGATIVE = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

type Handler = Partial<Record<(typeof HANDLERS)[number], unknown>> & Omit<LifecycleHandler, 'sleep'>;

/** A port by number or by the name of a container port. */
export function validatePortReference(port: number | string | undefined, field: string): FieldError[] {
  const reasons = typeof port === 'number' || port === undefined ? portNumber(port ?? 0) : portName(port);
  return reasons.map((reason) => invalid(field, port ?? 0, reason));
}

function validateHttpGet(action: HTTPGetAction, path: string): FieldError[] {
  const errors = action.path ? [] : [required(`${path}.path`)];
  errors.push(...validatePortReference(action.port, `${path}.port`));
  if (!SCHEMES.includes(action.scheme ?? '')) errors.push(notSupported(`${path}.scheme`, action.scheme, SCHEMES));
  (action.httpHeaders ?? []).forEach(({ name }, index) => {
    if (HEADER_NAME.test(name ?? '')) return;
    const message =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    errors.push(invalid(`${path}.httpHeaders[${index}].name`, name, message));
  });
  return errors;
}

function validateHandler(handler: Handler, path: string): FieldError[] {
  const named = HANDLERS.filter((key) => handler[key]);
  const errors = named.slice(1).map((key) => forbidden(`${path}.${key}`, 'may not specify more than 1 handler type'));
  if (!named.length) errors.push(required(path, 'must specify a handler type'));
  if (handler.exec && !handler.exec.command?.length) errors.push(required(`${path}.exec.command`));
  if (handler.httpGet) errors.push(...validateHttpGet(handler.httpGet, `${path}.httpGet`));
  if (handler.tcpSocket) errors.push(...validatePortReference(handler.tcpSocket.port, `${path}.tcpSocket.port`));
  return errors;
}

function validateProbe(probe: Probe, path: string): FieldError[] {
  const errors = validateHandler(probe, path);
  for (const key of NOT_NEGATIVE) {
    const value = probe[key] ?? 0;
    if (value < 0) errors.push(invalid(`${path}.${key}`, value, 'must be greater than or equal to 0'));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (probe.grpc) {
    errors.push(...portNumber(probe.grpc.port).map((reason) => invalid(`${path}.grpc.port`, probe.grpc?.port, reason)));
  }
  return errors;
}

/** A probe that restarts the container succeeds at once: waiting for a second success would mean nothing. */
function succeedsAtOnce(probe: Probe, path: string): FieldError[] {
  const threshold = probe.successThreshold ?? 1;
  return threshold === 1 ? [] : [invalid(`${path}.successThreshold`, threshold, 'must be 1')];
}

/** All that is wrong with lifecycle handlers and probes of a container. */
export function validateProbes(container: Container, path: string): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldError[] = [];
  if (lifecycle?.postStart) errors.push(...validateHandler(lifecycle.postStart, `${path}.lifecycle.postStart`));
  if (lifecycle?.preStop) errors.push(...validateHandler(lifecycle.preStop, `${path}.lifecycle.preStop`));
  for (const [key, probe] of Object.entries({ livenessProbe, startupProbe })) {
    if (probe) errors.push(...validateProbe(probe, `${path}.${key}`), ...succeedsAtOnce(probe, `${path}.${key}`));
  }
  if (readinessProbe) {
    errors.push(...validateProbe(readinessProbe, `${path}.readinessProbe`));
    if (readinessProbe.terminationGracePeriodSeconds !== undefined) {
      const value = readinessProbe.terminationGracePeriodSeconds;
      const message = 'must not be set for readinessProbes';
      errors.push(invalid(`${path}.readinessProbe.terminationGracePeriodSeconds`, value, message));
    }
  }
  return errors;
}

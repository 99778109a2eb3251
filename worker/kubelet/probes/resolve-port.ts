/**
 * The number of a port a probe or hook names: a number itself, or the name of one of the container's ports. Pure.
 */
import type { Container } from 'kubernetes-types/core/v1';

/** Throws when the container has no port of that name. */
export function resolvePort(container: Container, port: number | string): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  const named = (container.ports ?? []).find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: ${JSON.stringify(port)} for container ${container.name}`);
  return named.containerPort;
}

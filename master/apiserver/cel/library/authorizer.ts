/**
 * Authorization in expressions: `authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()`.
 *
 * A check is built step by step, each step a value of its own; only `check` asks.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
 */
import { method, type Overload } from '../functions';
import { BOOL, objectOf, STRING, simpleType } from '../types';
import type { OpaqueValue, PlainMap } from '../values';

/** What a check is about; texts that do not apply are ''. */
export interface CheckedAccess {
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  /** a ServiceAccount to ask for instead of the one who sent the request */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** Decides; must not throw. */
export type DecideAccess = (
  verb: string,
  access: CheckedAccess,
) => { readonly allowed: boolean; readonly reason: string };

const PATH_CHECK = simpleType('kubernetes.authorization.PathCheck');
const GROUP_CHECK = simpleType('kubernetes.authorization.GroupCheck');
export const RESOURCE_CHECK = simpleType('kubernetes.authorization.ResourceCheck');
/** `authorizer.requestResource` is the check of what the request is about. */
export const AUTHORIZER = objectOf('kubernetes.authorization.Authorizer', [['requestResource', RESOURCE_CHECK]]);
const DECISION = simpleType('kubernetes.authorization.Decision');

/** One step of building a check, or the authorizer before the first. */
export class AuthorizerValue implements OpaqueValue {
  constructor(
    readonly celType: string,
    readonly decide: DecideAccess,
    readonly access: CheckedAccess = {},
    readonly fields?: PlainMap,
  ) {}
  isEqualTo(other: unknown): boolean {
    return other === this;
  }
  with(type: string, access: CheckedAccess): AuthorizerValue {
    return new AuthorizerValue(type, this.decide, { ...this.access, ...access });
  }
}

class DecisionValue implements OpaqueValue {
  readonly celType = DECISION.name;
  constructor(readonly decision: { readonly allowed: boolean; readonly reason: string }) {}
  isEqualTo(other: unknown): boolean {
    return other === this;
  }
}

const narrowing = (field: keyof CheckedAccess): Overload =>
  method(field, [RESOURCE_CHECK, STRING], RESOURCE_CHECK, (check: AuthorizerValue, value: string) => {
    return check.with(RESOURCE_CHECK.name, { [field]: value });
  });

const check = (value: AuthorizerValue, verb: string) => new DecisionValue(value.decide(verb, value.access));

export const authorizers: readonly Overload[] = [
  method('path', [AUTHORIZER, STRING], PATH_CHECK, (from: AuthorizerValue, path: string) =>
    from.with(PATH_CHECK.name, { path }),
  ),
  method('group', [AUTHORIZER, STRING], GROUP_CHECK, (from: AuthorizerValue, group: string) => {
    return from.with(GROUP_CHECK.name, { group });
  }),
  method(
    'serviceAccount',
    [AUTHORIZER, STRING, STRING],
    AUTHORIZER,
    (from: AuthorizerValue, namespace: string, name: string) => {
      return from.with(AUTHORIZER.name, { serviceAccount: { namespace, name } });
    },
  ),
  method('resource', [GROUP_CHECK, STRING], RESOURCE_CHECK, (from: AuthorizerValue, resource: string) => {
    return from.with(RESOURCE_CHECK.name, { resource });
  }),
  narrowing('subresource'),
  narrowing('namespace'),
  narrowing('name'),
  narrowing('fieldSelector'),
  // No authorizer here looks at label selectors, as no authorizer of Kubernetes but webhooks does.
  method('labelSelector', [RESOURCE_CHECK, STRING], RESOURCE_CHECK, (from: AuthorizerValue) => from),
  method('check', [PATH_CHECK, STRING], DECISION, check),
  method('check', [RESOURCE_CHECK, STRING], DECISION, check),
  method('allowed', [DECISION], BOOL, ({ decision }: DecisionValue) => decision.allowed),
  method('reason', [DECISION], STRING, ({ decision }: DecisionValue) => decision.reason),
  method('errored', [DECISION], BOOL, () => false),
  method('error', [DECISION], STRING, () => ''),
];

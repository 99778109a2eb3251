/**
 * matchConditions: expressions that keep a webhook or a policy from being asked at all.
 *
 * Expressions are compiled when first needed and remembered by their text. One that is false decides; an error matters only when none
 * is false.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
 */
import { resourceAccess } from '../auth/access';
import type { CelProgram } from '../cel/compile-cel';
import type { CheckedAccess, DecideAccess } from '../cel/library/authorizer';
import type { CelType } from '../cel/types';
import type { InterceptedRequest } from './attributes';

export interface MatchCondition {
  readonly name?: string;
  readonly expression?: string;
}

/** Names and values expressions see. */
export type AdmissionVariables = Readonly<Record<string, unknown>>;

/** What compiling and running expressions needs, loaded with the first expression. */
export interface Cel {
  compile(expression: string, variables: readonly string[]): CelProgram;
  /** the `authorizer` of a request */
  authorizer(request: InterceptedRequest): unknown;
}

const MAX_REMEMBERED = 5_000;
let loading: Promise<Cel> | undefined;

/** Loads CEL once. */
export function loadCel(): Promise<Cel> {
  loading ??= Promise.all([
    import('../cel/compile-cel'),
    import('../cel/library/authorizer'),
    import('../cel/types'),
  ]).then(([{ compileCel }, { AUTHORIZER, AuthorizerValue, RESOURCE_CHECK }, { DYN }]) => {
    const programs = new Map<string, CelProgram>();
    const typeOf = (name: string): CelType => (name === 'authorizer' ? AUTHORIZER : DYN);
    return {
      compile(expression, variables) {
        const key = `${variables.join(',')} ${expression}`;
        let program = programs.get(key);
        if (!program) {
          if (programs.size >= MAX_REMEMBERED) programs.clear();
          program = compileCel(expression, {
            variables: Object.fromEntries(variables.map((name) => [name, typeOf(name)])),
          });
          programs.set(key, program);
        }
        return program;
      },
      authorizer(request) {
        const { kind, info } = request;
        const decideAccess: DecideAccess = (verb, access) => decide(request, verb, access);
        const requestResource = new AuthorizerValue(RESOURCE_CHECK.name, decideAccess, {
          group: kind.group,
          resource: kind.plural,
          subresource: info.subresource,
          namespace: info.namespace,
          name: info.name,
        });
        return new AuthorizerValue(AUTHORIZER.name, decideAccess, {}, { requestResource });
      },
    };
  });
  return loading;
}

function decide({ services, user }: InterceptedRequest, verb: string, checked: CheckedAccess) {
  const { path, serviceAccount, resource = '', ...parts } = checked;
  const asked = serviceAccount
    ? {
        name: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
        groups: [
          'system:serviceaccounts',
          `system:serviceaccounts:${serviceAccount.namespace}`,
          'system:authenticated',
        ],
      }
    : user;
  const access = resourceAccess(verb, resource, parts);
  return services.access.authorizer.authorize(asked, path ? { ...access, isResource: false, path } : access);
}

/** True when all conditions hold. Throws an Error that names the one that failed to say. */
export async function matchesConditions(
  conditions: readonly MatchCondition[],
  variables: AdmissionVariables,
): Promise<boolean> {
  const cel = await loadCel();
  const names = Object.keys(variables);
  let failure: Error | undefined;
  for (const { name = '', expression = '' } of conditions) {
    try {
      const value = cel.compile(expression, names).evaluate(variables);
      if (value === false) return false;
      if (value !== true) failure ??= new Error(`matchCondition ${JSON.stringify(name)}: must evaluate to bool`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failure ??= new Error(`expression '${expression}' resulted in error: ${reason}`);
    }
  }
  if (failure) throw failure;
  return true;
}

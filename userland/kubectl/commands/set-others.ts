/**
 * `set selector` and `set subject`: whom a Service selects, and whom a binding gives its role to.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/
 */
import { isDeepStrictEqual } from 'node:util';
import type { Subject } from 'kubernetes-types/rbac/v1';
import { CommandError } from '../command-error';
import type { OutputFlags, WriteFlags } from '../flags';
import {
  completeTarget,
  type FoundObject,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import type { Verb } from '../verb';
import { type Change, patchEach } from './patch-each';

type CommonFlags = FileFlags & SelectorFlags & WriteFlags & OutputFlags;

interface SelectorRequest {
  readonly target: Target;
  readonly selector: Readonly<Record<string, string>>;
  readonly flags: CommonFlags;
}

/** `app=web,tier=front` */
function parseSelector(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([key, value, ...more]) => !key || value === undefined || more.length > 0);
  if (wrong) throw new CommandError(`invalid selector ${JSON.stringify(text)}, expected key=value[,key=value]`);
  return Object.fromEntries(pairs as [string, string][]);
}

/** The whole selector is replaced. */
export function selectorChange(
  { object, resource }: FoundObject,
  wanted: Readonly<Record<string, string>>,
): Change | string {
  if (resource.kind !== 'Service') throw new CommandError('setting a selector is only supported for Services');
  const { selector = {} } = (object.spec ?? {}) as { readonly selector?: Readonly<Record<string, string>> };
  if (isDeepStrictEqual(selector, wanted)) return 'selector unchanged';
  const gone = Object.keys(selector).filter((key) => !(key in wanted));
  const patch = { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) };
  return { type: 'merge', patch: { spec: { selector: patch } }, done: 'selector updated' };
}

export const selectorVerb: Verb<CommonFlags, SelectorRequest> = {
  async complete({ args, flags }, context) {
    const target = await completeTarget({ args: args.slice(0, -1), flags }, context);
    return { target, selector: parseSelector(args.at(-1) ?? ''), flags };
  },
  validate: ({ target }) => validateTarget(target, 'update'),
  run: ({ target, selector, flags }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) => selectorChange(found, selector)),
};

type SubjectFlags = CommonFlags & {
  readonly user?: readonly string[];
  readonly group?: readonly string[];
  readonly serviceaccount?: readonly string[];
};

interface SubjectRequest {
  readonly target: Target;
  readonly subjects: readonly Subject[];
  readonly flags: SubjectFlags;
}

const RBAC = 'rbac.authorization.k8s.io';

function subjectsOf({ user = [], group = [], serviceaccount = [] }: SubjectFlags): Subject[] {
  const accounts = serviceaccount.map((text): Subject => {
    const [namespace, name, ...more] = text.split(':');
    if (!namespace || !name || more.length > 0) throw new CommandError('serviceaccount must be <namespace>:<name>');
    return { kind: 'ServiceAccount', name, namespace };
  });
  const named = (kind: string) => (name: string) => ({ kind, name, apiGroup: RBAC });
  return [...user.map(named('User')), ...group.map(named('Group')), ...accounts];
}

/** Those that are there stay; new ones are put behind them. */
export function subjectChange({ object, resource }: FoundObject, wanted: readonly Subject[]): Change | string {
  if (!resource.kind.endsWith('RoleBinding'))
    throw new CommandError('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
  const { subjects = [] } = object as FoundObject['object'] & { readonly subjects?: readonly Subject[] };
  const added = wanted.filter((subject) => !subjects.some((present) => isDeepStrictEqual(present, subject)));
  if (added.length === 0) return 'subjects unchanged';
  return { type: 'merge', patch: { subjects: [...subjects, ...added] }, done: 'subjects updated' };
}

export const subjectVerb: Verb<SubjectFlags, SubjectRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    subjects: subjectsOf(invocation.flags),
    flags: invocation.flags,
  }),
  validate({ target, subjects }) {
    validateTarget(target, 'update');
    if (subjects.length === 0)
      throw new CommandError('you must specify at least one value of user, group or serviceaccount');
  },
  run: ({ target, subjects, flags }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-set', ...flags }, (found) => subjectChange(found, subjects)),
};

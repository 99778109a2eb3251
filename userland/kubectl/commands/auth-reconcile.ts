/**
 * `auth reconcile -f`: makes roles and bindings cover at least what files say; what they have beyond that stays unless told otherwise.
 *
 * Unlike `apply` it understands rules: those that are covered already add nothing. A binding whose role differs is made anew, since
 * `roleRef` cannot be changed.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#kubectl-auth-reconcile
 */

import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import type { PolicyRule, Subject } from 'kubernetes-types/rbac/v1';
import { isNotFound } from '../../../helper/api/status-error';
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { CommandError, throwCollected } from '../command-error';
import { addDryRunFlag, addFileFlags, addOutputFlag, type DryRunFlags, dryRunWords, type OutputFlags } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel } from '../resources/discovery';
import { namespaceOf } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { type FileFlags, readManifests } from '../resources/manifests';
import { type Context, defineVerb, type Verb, type VerbHost } from '../verb';

interface ReconcileFlags extends FileFlags, DryRunFlags, OutputFlags {
  readonly removeExtraPermissions?: boolean;
  readonly removeExtraSubjects?: boolean;
}

type Rights = AnyObject & {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly Subject[];
  readonly roleRef?: unknown;
};

const KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];

const coversList = (wide: readonly string[] = [], narrow: readonly string[] = []) =>
  wide.includes('*') || narrow.every((item) => wide.includes(item));

/** True when the one rule allows all that the other allows. */
export function coversRule(wide: PolicyRule, narrow: PolicyRule): boolean {
  const namesOf = ({ resourceNames = [] }: PolicyRule) => resourceNames;
  const coversNames =
    namesOf(wide).length === 0 || (namesOf(narrow).length > 0 && coversList(namesOf(wide), namesOf(narrow)));
  return (
    coversList(wide.verbs, narrow.verbs) &&
    coversList(wide.apiGroups, narrow.apiGroups) &&
    coversList(wide.resources, narrow.resources) &&
    coversList(wide.nonResourceURLs, narrow.nonResourceURLs) &&
    coversNames
  );
}

const uncovered = (rules: readonly PolicyRule[], by: readonly PolicyRule[]) =>
  rules.filter((rule) => !by.some((wide) => coversRule(wide, rule)));

export interface Reconciled {
  readonly object: Rights;
  /** undefined: nothing to do; `recreate`: its role cannot be changed */
  readonly act?: 'update' | 'recreate';
}

/** What the object has to become. */
export function reconciled(present: Rights, wanted: Rights, flags: ReconcileFlags): Reconciled {
  const metadata = {
    ...present.metadata,
    ...(wanted.metadata.labels ? { labels: { ...present.metadata.labels, ...wanted.metadata.labels } } : {}),
    ...(wanted.metadata.annotations
      ? { annotations: { ...present.metadata.annotations, ...wanted.metadata.annotations } }
      : {}),
  };
  const next: Rights = { ...present, metadata };
  if (!wanted.kind.endsWith('Binding')) {
    const { rules: has = [] } = present;
    const { rules: needs = [] } = wanted;
    const kept = flags.removeExtraPermissions && uncovered(has, needs).length > 0 ? [] : has;
    const rules = [...kept, ...(kept === has ? uncovered(needs, has) : needs)];
    return change(present, { ...next, ...(rules.length > 0 || present.rules ? { rules } : {}) });
  }
  const { subjects: has = [] } = present;
  const { subjects: needs = [] } = wanted;
  const isIn = (list: readonly Subject[]) => (subject: Subject) =>
    list.some((other) => isDeepStrictEqual(other, subject));
  const kept = flags.removeExtraSubjects ? has.filter(isIn(needs)) : has;
  const subjects = [...kept, ...needs.filter((subject) => !isIn(has)(subject))];
  if (!isDeepStrictEqual(present.roleRef, wanted.roleRef))
    return { object: { ...next, subjects, roleRef: wanted.roleRef }, act: 'recreate' };
  return change(present, { ...next, subjects });
}

const change = (present: Rights, object: Rights): Reconciled =>
  isDeepStrictEqual(present, object) ? { object } : { object, act: 'update' };

async function reconcileOne(wanted: Rights, flags: ReconcileFlags, context: Context): Promise<void> {
  const resource = await context.discovery.ofObject(wanted);
  const namespace = namespaceOf(resource, wanted, context);
  const { client } = context;
  const options = { dryRun: flags.dryRun === 'server' };
  const placed: Rights = { ...wanted, metadata: { ...wanted.metadata, ...(namespace ? { namespace } : {}) } };
  const present = await client
    .get<Rights>(resource as never, namespace, wanted.metadata.name)
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const result: Reconciled = present ? reconciled(present, placed, flags) : { object: placed };
  if (flags.dryRun !== 'client') {
    if (!present) await client.create<AnyObject>(resource, placed, options);
    else if (result.act === 'update') await client.update<AnyObject>(resource, result.object, options);
    else if (result.act === 'recreate') {
      const { resourceVersion: _, uid: __, ...metadata } = result.object.metadata;
      await client.delete(resource, namespace, wanted.metadata.name, options);
      await client.create<AnyObject>(resource, { ...result.object, metadata }, options);
    }
  }
  const format = parseOutputFormat(flags.output);
  context.output.out(
    format
      ? renderObjects([{ resource, object: result.object }], format, { asList: false })
      : `${objectLabel(resource, wanted.metadata.name)} reconciled${dryRunWords(flags)}\n`,
  );
}

interface ReconcileRequest {
  readonly manifests: readonly Manifest[];
  readonly flags: ReconcileFlags;
}

const verb: Verb<ReconcileFlags, ReconcileRequest> = {
  complete: async ({ flags }, { shell }) => ({ manifests: await readManifests(flags, shell), flags }),
  validate({ flags }) {
    if (!flags.filename?.length && !flags.kustomize) throw new CommandError('must specify one of -f and -k');
  },
  async run({ manifests, flags }, context) {
    const errors: unknown[] = [];
    for (const { object } of manifests) {
      // Other objects may stand in the same file.
      if (!KINDS.includes(object.kind)) continue;
      await reconcileOne(object, flags, context).catch((error: unknown) => errors.push(error));
    }
    throwCollected(errors);
  },
};

export function addAuthReconcile(parent: Command, host: VerbHost): void {
  const command = addDryRunFlag(
    addOutputFlag(addFileFlags(parent.command('reconcile').description('roles and bindings as files say, or wider'))),
  )
    .option('--remove-extra-permissions', 'take away rules that are not in the files')
    .option('--remove-extra-subjects', 'take away subjects that are not in the files');
  defineVerb(command, host, verb);
}

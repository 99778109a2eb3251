/**
 * Namespace: a room for names; deleting it empties it first.
 *
 * The finalizer `kubernetes` in spec.finalizers keeps a deleted namespace until the namespace controller has removed
 * everything in it and calls the `finalize` subresource.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
import type { Namespace as PublishedNamespace } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { invalid } from '../field-error';
import type { ApiObject } from '../meta';
import { dnsLabel, qualifiedNameRule } from '../names';
import type { Resource } from '../resource';

export type Namespace = ApiObject<PublishedNamespace>;

export const namespaceResource: Resource<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  namespaced: false,
};

/** The finalizer in spec.finalizers that the namespace controller removes when the namespace is empty. */
export const NAMESPACE_FINALIZER = 'kubernetes';
/** Label every namespace has: its own name, so that selectors can pick it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Row of the table: Namespace. */
export const namespaceKind = /* @__PURE__ */ defineKind<Namespace>({
  resource: namespaceResource,
  schema: 'io.k8s.api.core.v1.Namespace',
  nameRule: dnsLabel,
  hasStatus: true,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  columns: () => [
    nameColumn,
    column('Status', 'string', 'The status of the namespace', (namespace) => namespace.status?.phase ?? ''),
    ageColumn,
  ],
  fieldSelectors: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    const complete = finalizers.includes(NAMESPACE_FINALIZER) ? finalizers : [...finalizers, NAMESPACE_FINALIZER];
    namespace.spec = { ...namespace.spec, finalizers: complete };
  },
  prepareForUpdate(namespace, old) {
    namespace.spec = { ...namespace.spec, finalizers: [...(old.spec?.finalizers ?? [])] };
  },
  applyDefaults(namespace) {
    if (!namespace.metadata.name) return;
    namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
  },
  validate(namespace) {
    return (namespace.spec?.finalizers ?? []).flatMap((finalizer) =>
      qualifiedNameRule(finalizer).map((reason) => invalid('spec.finalizers', finalizer, reason)),
    );
  },
});

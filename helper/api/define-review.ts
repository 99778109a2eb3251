/**
 * A row for a review: a question that is posted and answered at once, and never stored.
 *
 * It has no name and no columns; its rules are what its validation says. The api-server answers it in `master/apiserver/reviews/`.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
import type { FieldError } from './field-error';
import type { Kind } from './kind';
import type { KubeObject } from './meta';
import type { Resource } from './resource';

/** The row of a review kind. Mark the call pure, as every kind does. */
export function defineReview<T extends KubeObject>(
  resource: Pick<Resource<T>, 'group' | 'kind' | 'namespaced'>,
  validate: (review: T) => FieldError[] = () => [],
): Kind<T> {
  const { group, kind, namespaced } = resource;
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    kind,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    categories: [],
    namespaced,
    schema: `io.k8s.api.${group.replace('.k8s.io', '')}.v1.${kind}`,
    strategy: { validate, hasGeneration: false },
    columns: [],
    fieldSelectors: {},
    hasStatus: false,
    subresources: [],
    stored: false,
  };
}

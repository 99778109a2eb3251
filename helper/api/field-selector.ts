/**
 * Field selectors: `spec.nodeName=node-1,status.phase!=Running`.
 *
 * Only the fields a kind names can be selected on (its row in the table), plus metadata.name and metadata.namespace;
 * anything else is a 400, in Kubernetes' words.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
import type { Kind } from './kind';
import type { KubeObject } from './meta';
import { badRequest } from './status-error';

/** One condition on one field. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Splits at commas that no backslash escapes. */
const TERM = /(?:\\.|[^,\\])+/g;
const withoutEscapes = (text: string) => text.replace(/\\([\\,=])/g, '$1');

/** Parses the text of `fieldSelector=`; the empty text gives no requirements. Throws BadRequest. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return (text.match(TERM) ?? []).map((term) => {
    const match = /^((?:\\.|[^=!\\])*?)(!=|==|=)(.*)$/s.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = match;
    return {
      field: withoutEscapes(field.trim()),
      operator: operator === '!=' ? '!=' : '=',
      value: withoutEscapes(value),
    };
  });
}

const METADATA_FIELDS: Readonly<Record<string, (object: KubeObject) => string>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

/** Compiles requirements for a kind: a predicate over its objects. Throws BadRequest for a field the kind cannot select on. */
export function fieldMatcher(
  kind: Pick<Kind, 'kind' | 'fieldSelectors'>,
  requirements: readonly FieldRequirement[],
): (object: KubeObject) => boolean {
  const checks = requirements.map(({ field, operator, value }) => {
    // hasOwn: a field called `constructor` must not find Object.prototype.
    const known = [kind.fieldSelectors, METADATA_FIELDS].find((fields) => Object.hasOwn(fields, field));
    const read = known?.[field];
    if (!read) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return (object: KubeObject) => (read(object) === value) === (operator === '=');
  });
  return (object) => checks.every((check) => check(object));
}

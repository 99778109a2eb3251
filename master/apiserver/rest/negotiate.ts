/**
 * Which form of the answer the client accepts: the object itself, a Table, only its metadata; as JSON or YAML.
 *
 * Headers repeat endlessly, so parsed ones are remembered.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
import { notAcceptable } from '../../../helper/api/status-error';

export interface Representation {
  readonly as: 'object' | 'table' | 'metadata' | 'metadataList';
  readonly apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
  readonly yaml: boolean;
}

const PLAIN: Representation = { as: 'object', apiVersion: 'meta.k8s.io/v1', yaml: false };
const FORMS: Readonly<Record<string, Representation['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadataList',
};
const ANYTHING = new Set(['*/*', 'application/*', 'application/json']);
const YAML = new Set(['application/yaml', 'application/x-yaml']);
const MAX_REMEMBERED = 200;
const remembered = new Map<string, Representation>();

/** What a clause may say besides the type; `q` is how much the client likes it. */
interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parseClause(text: string): Clause {
  const [type = '', ...pairs] = text.split(';').map((part) => part.trim());
  const parameters = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
  const quality = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
}

function formOf({ type, parameters }: Clause): Representation | undefined {
  const yaml = YAML.has(type);
  if (!yaml && !ANYTHING.has(type)) return undefined;
  const asked = parameters.get('as');
  if (!asked) return yaml ? { ...PLAIN, yaml } : PLAIN;
  const as = Object.hasOwn(FORMS, asked) ? FORMS[asked] : undefined;
  const version = parameters.get('v');
  if (!as || parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  return { as, apiVersion: `meta.k8s.io/${version}`, yaml };
}

/** The form the client likes best of those this server has; JSON without a wish. Throws NotAcceptable when there is none. */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept === '') return PLAIN;
  const known = remembered.get(accept);
  if (known) return known;
  const clauses = accept.split(',').map(parseClause);
  // Sorting is stable: among equals the first one wins.
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const form = clause.quality > 0 ? formOf(clause) : undefined;
    if (!form) continue;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(accept, form);
    return form;
  }
  throw notAcceptable('only the following media types are accepted: application/json, application/yaml');
}

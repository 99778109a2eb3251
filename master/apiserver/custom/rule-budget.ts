/**
 * What the rules of one schema may cost by estimate when it is written: each rule for all the places it judges, and all together.
 *
 * A rule inside a list counts once for each item the list may have. Kubernetes' limits and words.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import { type JsonSchema, valuesOf } from '../../../helper/api/apiextensions/schema/json-schema';
import { type FieldError, forbidden } from '../../../helper/api/field-error';
import { type Bound, MAX_REQUEST_BYTES } from '../cel/bounds';
import { times } from '../cel/size';

const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
/** Of a schema that is too dear, the dearest rules are named, if they are a hundredth of the limit or more. */
const NAMED_RULES = 4;
const NAMED_SHARE = 100;

const ADVICE =
  'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';

/** How often the parts of a schema can occur in one object; undefined when a list or map above has no limit. */
export type Cardinality = number | undefined;

/** How often the items of a list (or the values of a map) of this schema can occur. */
export function elementCardinality(schema: JsonSchema, above: Cardinality): Cardinality {
  const most = valuesOf(schema) ? schema.maxProperties : schema.maxItems;
  return above === undefined || most === undefined ? undefined : times(above, Math.max(most, 0));
}

function tooDear(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return `${what} exceeds budget by factor of ${shown} (${ADVICE})`;
}

/** Adds up what the rules of one schema cost. */
export class RuleBudget {
  private total = 0;
  private readonly dearest: { readonly path: string; readonly cost: number }[] = [];

  /** A rule at a place that occurs so often; `bound` limits what it judges. */
  addRule(path: string, cost: number, cardinality: Cardinality, bound: Bound | undefined): FieldError[] {
    const places = cardinality ?? Math.floor(MAX_REQUEST_BYTES / ((bound?.minBytes ?? 0) + 1));
    return this.add('estimated rule cost', path, times(cost, places));
  }

  /** A message is made once. */
  addMessage(path: string, cost: number): FieldError[] {
    return this.add('estimated messageExpression cost', path, cost);
  }

  private add(what: string, path: string, cost: number): FieldError[] {
    this.total += cost;
    if (cost >= SCHEMA_LIMIT / NAMED_SHARE) this.dearest.push({ path, cost });
    return cost > RULE_LIMIT ? [forbidden(path, tooDear(what, cost, RULE_LIMIT))] : [];
  }

  /** What is wrong with all of them together; `path` is the schema's. */
  verdict(path: string): FieldError[] {
    if (this.total <= SCHEMA_LIMIT) return [];
    const named = this.dearest.sort((left, right) => right.cost - left.cost || 0).slice(0, NAMED_RULES);
    return [
      ...named.map((rule) =>
        forbidden(
          rule.path,
          'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
        ),
      ),
      forbidden(
        path,
        tooDear(
          'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
          this.total,
          SCHEMA_LIMIT,
        ),
      ),
    ];
  }
}

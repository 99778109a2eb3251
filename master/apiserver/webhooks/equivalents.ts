/**
 * Requests in other words: with matchPolicy Equivalent a rule for `autoscaling/v1` also means what is written as `autoscaling/v2`, and
 * sees it as v1.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchpolicy
 */
import type { RequestRule } from '../../../helper/api/admissionregistration/match-rules';
import { type Kind, storedAs } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import type { Registry } from '../registry';
import type { Attributes, ObjectResource } from './attributes';
import { matchesRules } from './match-rules';

const resourceOf = ({ group, version, plural }: Kind): ObjectResource => ({ group, version, resource: plural });

function showsTheSame(kind: Kind, other: Kind): boolean {
  const [one, two] = [storedAs(kind), storedAs(other)];
  return kind !== other && one.group === two.group && one.plural === two.plural;
}

/** The row in whose words the rules mean the request: the request's own, another of the same objects, or undefined. */
export function matchedKind(
  rules: readonly RequestRule[] | undefined,
  matchPolicy: string | undefined,
  attributes: Attributes,
  kind: Kind,
  registry: Registry,
): Kind | undefined {
  if (matchesRules(rules, attributes, resourceOf(kind))) return kind;
  if (matchPolicy === 'Exact') return undefined;
  return registry.kinds.find(
    (other) => showsTheSame(kind, other) && matchesRules(rules, attributes, resourceOf(other)),
  );
}

async function converted(object: KubeObject, from: Kind, to: Kind): Promise<KubeObject> {
  const { resourceVersion, ...metadata } = structuredClone(object.metadata);
  const draft = { ...structuredClone(object), metadata };
  const [stored = draft] = from.face ? await from.face.toStored([draft]) : [draft];
  const [shown = stored] = to.face ? await to.face.fromStored([stored]) : [stored];
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  return { ...shown, apiVersion: apiVersionOf(to), kind: to.kind, metadata: { ...shown.metadata, ...version } };
}

/** An object of one row in the words of another of the same objects. A copy, unless they are one. */
export function convertObject(object: KubeObject, from: Kind, to: Kind): KubeObject | Promise<KubeObject> {
  return from === to ? object : converted(object, from, to);
}

/**
 * The admission policies in force: each ValidatingAdmissionPolicy with the bindings that name it. A policy nobody binds does nothing.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import {
  type ValidatingAdmissionPolicy,
  validatingAdmissionPolicyResource,
} from '../../../helper/api/admissionregistration/validating-admission-policy';
import {
  type ValidatingAdmissionPolicyBinding,
  validatingAdmissionPolicyBindingResource,
} from '../../../helper/api/admissionregistration/validating-admission-policy-binding';
import type { Registry } from '../registry';
import { DerivedList } from '../webhooks/webhooks';

/** A policy and its bindings, by name. */
export interface BoundPolicy {
  readonly policy: ValidatingAdmissionPolicy;
  readonly bindings: readonly ValidatingAdmissionPolicyBinding[];
}

export class Policies {
  private readonly policies: DerivedList<ValidatingAdmissionPolicy>;
  private readonly bindings: DerivedList<ValidatingAdmissionPolicyBinding>;
  private joinedFrom: readonly unknown[] = [];
  private bound: readonly BoundPolicy[] = [];

  constructor(registry: Registry) {
    this.policies = new DerivedList(registry.cacheOf(validatingAdmissionPolicyResource), (object) => [
      object as ValidatingAdmissionPolicy,
    ]);
    this.bindings = new DerivedList(registry.cacheOf(validatingAdmissionPolicyBindingResource), (object) => [
      object as ValidatingAdmissionPolicyBinding,
    ]);
  }

  /** By name; empty when nothing is bound. */
  inForce(): readonly BoundPolicy[] {
    const [policies, bindings] = [this.policies.current(), this.bindings.current()];
    if (this.joinedFrom[0] !== policies || this.joinedFrom[1] !== bindings) {
      this.joinedFrom = [policies, bindings];
      this.bound = policies
        .map((policy) => ({
          policy,
          bindings: bindings.filter(({ spec }) => spec?.policyName === policy.metadata.name),
        }))
        .filter((joined) => joined.bindings.length > 0);
    }
    return this.bound;
  }
}

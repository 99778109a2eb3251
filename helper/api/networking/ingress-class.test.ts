import { rulesOf } from '../kind-rules.fixture';
import { ingressClassKind } from './ingress-class';

describe('IngressClass', () => {
  const rules = rulesOf(ingressClassKind, 'ingress-class');

  rules.fillsIn([[{ 'spec/parameters': { kind: 'X', name: 'y' } }, { 'spec/parameters/scope': 'Cluster' }]]);

  rules.refuses([
    [{ 'spec/controller': undefined }, 'spec.controller: Required value'],
    [
      { 'spec/controller': 'no-domain' },
      'spec.controller: Invalid value: "no-domain": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [{ 'spec/parameters': { name: 'x' } }, 'spec.parameters.kind: Required value'],
    [
      { 'spec/parameters': { kind: 'X', name: 'y', scope: 'Galaxy' } },
      'spec.parameters.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespace"',
    ],
    [
      { 'spec/parameters': { kind: 'X', name: 'y', scope: 'Namespace' } },
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    [
      { 'spec/parameters': { kind: 'X', name: 'y', scope: 'Cluster', namespace: 'a' } },
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ],
  ]);

  rules.accepts([{ 'spec/parameters': { kind: 'X', name: 'y', scope: 'Namespace', namespace: 'a' } }]);

  rules.refusesChanges([
    [
      { 'spec/controller': 'example.com/other' },
      'spec.controller: Invalid value: "example.com/other": field is immutable',
    ],
  ]);

  rules.acceptsChanges([{ 'metadata/annotations': {} }]);
});

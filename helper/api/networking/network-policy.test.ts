import { rulesOf } from '../kind-rules.fixture';
import { networkPolicyKind } from './network-policy';

describe('NetworkPolicy', () => {
  const rules = rulesOf(networkPolicyKind, 'network-policy');

  rules.fillsIn([
    [{}, { 'spec/policyTypes': ['Ingress'], 'spec/ingress/0/ports/0/protocol': 'TCP' }],
    [{ 'spec/egress': [{}] }, { 'spec/policyTypes': ['Ingress', 'Egress'] }],
  ]);

  rules.refuses([
    [
      { 'spec/policyTypes': ['Ingress', 'Egress', 'Ingress'] },
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
    [
      { 'spec/policyTypes': ['Sideways'] },
      'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
    ],
    [
      { 'spec/podSelector': { matchLabels: { 'a b': 'c' } } },
      "spec.podSelector.matchLabels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'spec/ingress/0/ports/0/port': 99999 },
      'spec.ingress[0].ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive',
    ],
    [
      { 'spec/ingress/0/ports/0/port': 'UPPER' },
      'spec.ingress[0].ports[0].port: Invalid value: "UPPER": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ingress[0].ports[0].port: Invalid value: "UPPER": must contain at least one letter (a-z)',
    ],
    [
      { 'spec/ingress/0/ports/0/protocol': 'ICMP' },
      'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
    ],
    [
      { 'spec/ingress/0/ports/0/endPort': 10 },
      'spec.ingress[0].ports[0].endPort: Invalid value: 10: must be greater than or equal to `port`',
    ],
    [
      { 'spec/ingress/0/ports/0/port': undefined, 'spec/ingress/0/ports/0/endPort': 10 },
      'spec.ingress[0].ports[0].endPort: Invalid value: 10: may not be specified when `port` is not specified',
    ],
    [{ 'spec/ingress/0/from/0': {} }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      { 'spec/ingress/0/from/0': { ipBlock: { cidr: 'x' } } },
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      { 'spec/ingress/0/from/0': { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } } },
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
    [
      { 'spec/ingress/0/from/0': { ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} } },
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
  ]);

  rules.accepts([
    { 'spec/ingress': [] },
    { 'spec/ingress/0/ports/0/endPort': 6000 },
    { 'spec/ingress/0/from/0': { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } } },
    { 'spec/egress': [{ to: [{ namespaceSelector: {}, podSelector: {} }] }] },
    { 'spec/ingress/0/ports/0/protocol': 'SCTP' },
  ]);
});

import { changeInputs, type RuleChange } from './change-inputs';
import type { PortRules } from './service-rules';

const NONE: PortRules = {
  chains: new Map(),
  services: [],
  nodePorts: [],
  refusals: [],
  externalRefusals: [],
  firewall: [],
  allowed: [],
};
const rules = (given: Partial<PortRules>): PortRules => ({ ...NONE, ...given });
const change = (before: Partial<PortRules>[], after: Partial<PortRules>[]): RuleChange => ({
  before: before.map(rules),
  after: after.map(rules),
});
const inputs = (...changes: RuleChange[]) => changeInputs(changes, 'KUBE');

const WEB = { chains: new Map([['KUBE-SVC-A', ['-j KUBE-SEP-1']]]), services: ['-d 10.96.0.1/32 -j KUBE-SVC-A'] };
const IDLE = { refusals: ['-d 10.96.0.1/32 -j REJECT'] };

describe('changeInputs()', () => {
  test('has nothing to say when the rules are the same', () => expect(inputs(change([WEB], [WEB]))).toEqual([]));

  test('writes the chain that changed and leaves the shared ones alone', () => {
    const after = { ...WEB, chains: new Map([['KUBE-SVC-A', ['-j KUBE-SEP-2']]]) };
    expect(inputs(change([WEB], [after]))).toEqual([
      '*nat\n:KUBE-SVC-A - [0:0]\n-A KUBE-SVC-A -j KUBE-SEP-2\nCOMMIT\n',
    ]);
  });

  test('adds a Service', () =>
    expect(inputs(change([], [WEB]))).toEqual([
      '*nat\n:KUBE-SVC-A - [0:0]\n-A KUBE-SVC-A -j KUBE-SEP-1\n-I KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-A\nCOMMIT\n',
    ]));

  test('takes the rule that leads to a chain out before the chain', () =>
    expect(inputs(change([WEB], []))).toEqual([
      '*nat\n:KUBE-SVC-A - [0:0]\n-D KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-A\n-X KUBE-SVC-A\nCOMMIT\n',
    ]));

  test('refuses what loses its last endpoint before it stops leading there', () =>
    expect(inputs(change([WEB], [IDLE]))).toEqual([
      '*filter\n-I KUBE-SERVICES -d 10.96.0.1/32 -j REJECT\nCOMMIT\n' +
        '*nat\n:KUBE-SVC-A - [0:0]\n-D KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-A\n-X KUBE-SVC-A\nCOMMIT\n',
    ]));

  test('takes out as many as stood there', () =>
    expect(inputs(change([{ allowed: ['a', 'a'] }], [{ allowed: ['a'] }]))).toEqual([
      '*filter\n-D KUBE-NODEPORTS a\nCOMMIT\n',
    ]));

  test('brings many new chains in groups, and the rules that lead to them last', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      change([], [{ chains: new Map([[`KUBE-SVC-${index}`, []]]), services: [`${index}`] }]),
    );
    const texts = inputs(...many);
    expect(texts.map((text) => text.split('\n').filter((line) => line.startsWith(':')).length)).toEqual([
      400, 400, 200, 0,
    ]);
    expect(texts.map((text) => text.includes('-I '))).toEqual([false, false, false, true]);
  });
});

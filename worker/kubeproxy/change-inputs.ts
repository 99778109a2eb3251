/**
 * The input of `iptables-restore --noflush` for Services that changed, from their own rules before and after: what a change costs does
 * not grow with the Services there are. Pure.
 *
 * Chains of their own are written anew where they differ. In the chains all Services share only their own rules are taken out and put
 * in, in front: those rules exclude each other, each for another address or port, so their order does not matter.
 */
import { chainInput, freshInputs, isSame } from './restore-input';
import type { Chains } from './rules';
import type { PortRules } from './service-rules';

/** The rules of one Service, all its ports; empty when it was not there, or is gone. */
export interface RuleChange {
  readonly before: readonly PortRules[];
  readonly after: readonly PortRules[];
}

type Shared = Exclude<keyof PortRules, 'chains'>;
/** As `assembleRules()` puts them together. */
const SHARED_CHAINS = {
  nat: [
    ['SERVICES', 'services'],
    ['NODEPORTS', 'nodePorts'],
  ],
  filter: [
    ['SERVICES', 'refusals'],
    ['EXTERNAL-SERVICES', 'externalRefusals'],
    ['PROXY-FIREWALL', 'firewall'],
    ['NODEPORTS', 'allowed'],
  ],
} as const satisfies Record<string, readonly (readonly [chain: string, list: Shared])[]>;

const chainsOf = (rules: readonly PortRules[]): Chains => new Map(rules.flatMap(({ chains }) => [...chains]));

/** Those of `rules` that `others` lack; one that stands twice must be met twice. */
function without(rules: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return rules.filter((rule) => {
    const at = left.indexOf(rule);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function sharedEdits(table: 'nat' | 'filter', { before, after }: RuleChange, prefix: string): string[] {
  return SHARED_CHAINS[table].flatMap(([chain, list]) => {
    const [old, now] = [before.flatMap((rules) => rules[list]), after.flatMap((rules) => rules[list])];
    if (isSame(old, now)) return [];
    const name = `${prefix}-${chain}`;
    return [
      ...without(old, now).map((rule) => `-D ${name} ${rule}`),
      ...without(now, old).map((rule) => `-I ${name} ${rule}`),
    ];
  });
}

/** In this order; several when many chains are new. Empty when the changes make no difference. */
export function changeInputs(changes: readonly RuleChange[], prefix: string): string[] {
  const before = chainsOf(changes.flatMap((change) => change.before));
  const after = chainsOf(changes.flatMap((change) => change.after));
  const { inputs, present } = freshInputs(before, after);
  const edits = (table: 'nat' | 'filter') => changes.flatMap((change) => sharedEdits(table, change, prefix));
  const lines = [
    ...chainInput('filter', new Map(), new Map(), edits('filter')),
    ...chainInput('nat', present, after, edits('nat')),
  ];
  return lines.length > 0 ? [...inputs, `${lines.join('\n')}\n`] : inputs;
}

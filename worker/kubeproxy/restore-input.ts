/**
 * From "what is" and "what should be" to the input of `iptables-restore --noflush` that makes the one into the other.
 *
 * Only chains that differ are sent: a chain named in the input is emptied and filled anew in the same transaction, all others
 * are left alone. Chains nobody wants any more are emptied and deleted, after the rules that jumped to them are gone. Used when it is
 * not known what the kernel holds; afterwards `change-inputs.ts` sends what changed.
 */
import type { Chains, Tables } from './rules';

export const EMPTY_TABLES: Tables = { nat: new Map(), filter: new Map() };

/** Lists that are equal, rule by rule. */
export const isSame = (a: readonly string[] | undefined, b: readonly string[]) =>
  a === b || (a !== undefined && a.length === b.length && a.every((rule, index) => rule === b[index]));

/** The lines of one table; `edits` of chains that are kept come between what is written and what goes. None when nothing differs. */
export function chainInput(table: string, applied: Chains, wanted: Chains, edits: readonly string[] = []): string[] {
  const changed = [...wanted].filter(([chain, rules]) => !isSame(applied.get(chain), rules));
  const surplus = [...applied.keys()].filter((chain) => !wanted.has(chain));
  if (changed.length + surplus.length + edits.length === 0) return [];
  return [
    `*${table}`,
    ...changed.map(([chain]) => `:${chain} - [0:0]`),
    ...surplus.map((chain) => `:${chain} - [0:0]`),
    ...changed.flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}`)),
    ...edits,
    ...surplus.map((chain) => `-X ${chain}`),
    'COMMIT',
  ];
}

/** '' when nothing differs. */
export function restoreInput(applied: Tables, wanted: Tables): string {
  const lines = [...chainInput('filter', applied.filter, wanted.filter), ...chainInput('nat', applied.nat, wanted.nat)];
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

/** More new chains than this at once take iptables (nft) quadratic time. */
const CHAINS_A_TRANSACTION = 400;

/**
 * Chains of Services that are new, in groups when they are many, and what the kernel holds then. Nothing jumps to them yet, so
 * whatever is applied of these leaves a working whole.
 */
export function freshInputs(applied: Chains, wanted: Chains): { readonly inputs: string[]; readonly present: Chains } {
  const fresh = [...wanted].filter(([chain]) => !applied.has(chain) && isOfService(chain));
  if (fresh.length <= CHAINS_A_TRANSACTION) return { inputs: [], present: applied };
  const present = new Map(applied);
  // Every group jumps to the chain that marks.
  const marks = [...wanted].filter(([chain]) => chain.endsWith('-MARK-MASQ') && !applied.has(chain));
  const inputs: string[] = [];
  for (let at = 0; at < fresh.length; at += CHAINS_A_TRANSACTION) {
    const group = [...(at === 0 ? marks : []), ...fresh.slice(at, at + CHAINS_A_TRANSACTION)];
    inputs.push(`${chainInput('nat', new Map(), new Map(group)).join('\n')}\n`);
    for (const [chain, rules] of group) present.set(chain, rules);
  }
  return { inputs, present };
}

/** {@link restoreInput} as several when many chains of Services are new: first those, then everything else. Empty when nothing differs. */
export function restoreInputs(applied: Tables, wanted: Tables): string[] {
  const { inputs, present } = freshInputs(applied.nat, wanted.nat);
  const last = restoreInput({ nat: present, filter: applied.filter }, wanted);
  return last === '' ? inputs : [...inputs, last];
}

/**
 * Inputs that remove all of these chains: emptied first, so that none is in use, and then deleted in groups, since thousands in
 * one transaction take iptables (nft) half a minute.
 */
export function removalInputs(applied: Tables): string[] {
  const input = (table: string, lines: readonly string[]) => `*${table}\n${lines.join('\n')}\nCOMMIT\n`;
  return (['nat', 'filter'] as const).flatMap((table) => {
    const chains = [...applied[table].keys()];
    const groups: string[][] = [];
    for (let at = 0; at < chains.length; at += CHAINS_A_TRANSACTION)
      groups.push(chains.slice(at, at + CHAINS_A_TRANSACTION));
    return [
      ...groups.map((group) =>
        input(
          table,
          group.map((chain) => `-F ${chain}`),
        ),
      ),
      ...groups.map((group) =>
        input(
          table,
          group.map((chain) => `-X ${chain}`),
        ),
      ),
    ];
  });
}

const isOfService = (chain: string) => PER_SERVICE.some((kind) => chain.includes(`-${kind}`));

/** Our chains in the output of `iptables-save`, as chains whose rules are unknown (so that all wanted ones are written). */
export function ownChains(saved: string, prefix: string): Tables {
  const tables = { nat: new Map<string, string[]>(), filter: new Map<string, string[]>() };
  let table: keyof typeof tables | undefined;
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line === '*nat' ? 'nat' : line === '*filter' ? 'filter' : undefined;
    const chain = /^:(\S+) /.exec(line)?.[1];
    if (table && chain && isOurs(chain, prefix)) tables[table].set(chain, [UNKNOWN_RULES]);
  }
  return tables;
}

/** Never a rule of ours, so a chain that holds it differs from every wanted one. */
const UNKNOWN_RULES = '(unknown)';

const FIXED = [
  'SERVICES',
  'NODEPORTS',
  'MARK-MASQ',
  'POSTROUTING',
  'PROXY-CANARY',
  'EXTERNAL-SERVICES',
  'FORWARD',
  'PROXY-FIREWALL',
];
const PER_SERVICE = ['SVC-', 'SVL-', 'SEP-', 'EXT-', 'FW-'];

/** The pod network has chains with the same prefix; those are not the proxy's. */
function isOurs(chain: string, prefix: string): boolean {
  if (!chain.startsWith(`${prefix}-`)) return false;
  const name = chain.slice(prefix.length + 1);
  return FIXED.includes(name) || PER_SERVICE.some((start) => name.startsWith(start));
}

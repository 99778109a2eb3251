/**
 * From "what is" and "what should be" to the input of `iptables-restore --noflush` that makes the one into the other.
 *
 * Only chains that differ are sent: a chain named in the input is emptied and filled anew in the same transaction, all others
 * are left alone. Of the long chains that all Services share only the rules that differ are sent. Chains nobody wants any more are emptied and deleted, after the rules that jumped to them are gone.
 */
import type { Chains, Tables } from './rules';

export const EMPTY_TABLES: Tables = { nat: new Map(), filter: new Map() };

const isSame = (a: readonly string[] | undefined, b: readonly string[]) =>
  a === b || (a !== undefined && a.length === b.length && a.every((rule, index) => rule === b[index]));

/** Chains whose rules exclude each other, each for another address or port: their order does not matter. */
const UNORDERED = ['SERVICES', 'NODEPORTS', 'EXTERNAL-SERVICES', 'PROXY-FIREWALL'];
/** Shorter ones are written anew. */
const LONG_CHAIN = 50;

/**
 * The rules to take out of and put into a long chain, instead of writing a thousand rules anew for one. Undefined when the
 * order matters, when it is not known what the chain holds, or when most of it changes.
 */
function chainEdits(
  chain: string,
  applied: readonly string[] | undefined,
  wanted: readonly string[],
): string[] | undefined {
  if (!applied || wanted.length < LONG_CHAIN || applied[0] === UNKNOWN_RULES) return undefined;
  if (!UNORDERED.some((name) => chain.endsWith(`-${name}`))) return undefined;
  const [before, after] = [new Set(applied), new Set(wanted)];
  const gone = [...before].filter((rule) => !after.has(rule));
  const come = wanted.filter((rule) => !before.has(rule));
  if (gone.length + come.length > wanted.length / 2) return undefined;
  // In front: the last rule of SERVICES must stay the last.
  return [...gone.map((rule) => `-D ${chain} ${rule}`), ...come.map((rule) => `-I ${chain} ${rule}`)];
}

function tableInput(table: string, applied: Chains, wanted: Chains): string[] {
  const changed = [...wanted].filter(([chain, rules]) => !isSame(applied.get(chain), rules));
  const surplus = [...applied.keys()].filter((chain) => !wanted.has(chain));
  if (changed.length + surplus.length === 0) return [];
  const edits = new Map(changed.map(([chain, rules]) => [chain, chainEdits(chain, applied.get(chain), rules)]));
  const rewritten = changed.filter(([chain]) => edits.get(chain) === undefined);
  return [
    `*${table}`,
    ...rewritten.map(([chain]) => `:${chain} - [0:0]`),
    ...surplus.map((chain) => `:${chain} - [0:0]`),
    ...rewritten.flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}`)),
    ...[...edits.values()].flatMap((lines) => lines ?? []),
    ...surplus.map((chain) => `-X ${chain}`),
    'COMMIT',
  ];
}

/** '' when nothing differs. */
export function restoreInput(applied: Tables, wanted: Tables): string {
  const lines = [...tableInput('filter', applied.filter, wanted.filter), ...tableInput('nat', applied.nat, wanted.nat)];
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

/** More new chains than this at once take iptables (nft) quadratic time. */
const CHAINS_A_TRANSACTION = 400;

/**
 * The same as several inputs when many chains of Services are new: first those, in groups, then everything else. Nothing
 * jumps to them before the last input, so whatever is applied of these leaves a working whole. Empty when nothing differs.
 */
export function restoreInputs(applied: Tables, wanted: Tables): string[] {
  const fresh = [...wanted.nat].filter(([chain]) => !applied.nat.has(chain) && isOfService(chain));
  const nat = new Map(applied.nat);
  const inputs: string[] = [];
  if (fresh.length > CHAINS_A_TRANSACTION) {
    // Every group jumps to the chain that marks.
    const marks = [...wanted.nat].filter(([chain]) => chain.endsWith('-MARK-MASQ') && !nat.has(chain));
    for (let at = 0; at < fresh.length; at += CHAINS_A_TRANSACTION) {
      const group = [...(at === 0 ? marks : []), ...fresh.slice(at, at + CHAINS_A_TRANSACTION)];
      inputs.push(restoreInput(EMPTY_TABLES, { nat: new Map(group), filter: new Map() }));
      for (const [chain, rules] of group) nat.set(chain, rules);
    }
  }
  const last = restoreInput({ nat, filter: applied.filter }, wanted);
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

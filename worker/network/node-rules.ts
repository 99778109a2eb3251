/**
 * The iptables rules pods need on their node, as `iptables-restore` text; nothing is run here.
 *
 * Four chains of ours hold them, so that adding is one atomic restore and removing leaves no trace:
 *  - HOSTPORTS: `hostPort` of a container: traffic to the host's port goes to the pod.
 *  - POD-MASQ: what leaves the cluster takes the node's address; nobody outside knows a way back to a pod's.
 *  - POD-FORWARD: lets pod traffic through, since Docker sets the policy of FORWARD to DROP.
 *  - UNTRANSLATED: a Service address still being the destination after NAT has no rule yet: refused here, at once.
 * kube-proxy's rules are its own. https://kubernetes.io/docs/reference/networking/virtual-ips/
 */
import type { HostPortMapping } from '../runtime/runtime';
import type { Attachment } from './attachment-store';

export interface NodeRulesPlan {
  /** prefix of our chains */
  readonly chainPrefix: string;
  readonly bridgeName: string;
  /** range of all pods of the cluster */
  readonly clusterCidr: string;
  /** range Service addresses are allocated from */
  readonly serviceCidr: string;
}

interface Jump {
  readonly table: 'nat' | 'filter';
  readonly from: string;
  readonly rule: string;
}

function comment(text: string): string {
  return `-m comment --comment "${text.replace(/["\\\n]/g, '')}"`;
}

/** The rules in the kernel's own chains that lead into ours. */
function jumpsOf(prefix: string): Jump[] {
  const local = '-m addrtype --dst-type LOCAL';
  return [
    { table: 'nat', from: 'PREROUTING', rule: `${comment('minik8s host ports')} ${local} -j ${prefix}-HOSTPORTS` },
    { table: 'nat', from: 'OUTPUT', rule: `${comment('minik8s host ports')} ${local} -j ${prefix}-HOSTPORTS` },
    { table: 'nat', from: 'POSTROUTING', rule: `${comment('minik8s pod masquerade')} -j ${prefix}-POD-MASQ` },
    { table: 'filter', from: 'FORWARD', rule: `${comment('minik8s pod traffic')} -j ${prefix}-POD-FORWARD` },
    { table: 'filter', from: 'FORWARD', rule: `${comment('minik8s no such service')} -j ${prefix}-UNTRANSLATED` },
    { table: 'filter', from: 'OUTPUT', rule: `${comment('minik8s no such service')} -j ${prefix}-UNTRANSLATED` },
    { table: 'filter', from: 'INPUT', rule: `${comment('minik8s loopback stays local')} -j ${prefix}-POD-INPUT` },
  ];
}

const CHAINS = {
  nat: ['HOSTPORTS', 'POD-MASQ'],
  filter: ['POD-FORWARD', 'POD-INPUT', 'UNTRANSLATED'],
} as const;

/** A jump is there when some saved rule of its chain jumps to the same chain of ours, however its matches are printed. */
function isJumpIn(saved: string, jump: Jump): boolean {
  const target = jump.rule.slice(jump.rule.lastIndexOf(' -j '));
  return tableIn(saved, jump.table).some((line) => line.startsWith(`-A ${jump.from} `) && line.endsWith(target));
}

/** The lines `iptables-save` printed for one table. */
function tableIn(saved: string, table: string): string[] {
  const lines = saved.split('\n').map((line) => line.trim());
  const begin = lines.indexOf(`*${table}`);
  return begin < 0 ? [] : lines.slice(begin + 1, lines.indexOf('COMMIT', begin));
}

function hostPortRules(prefix: string, attachment: Attachment, port: HostPortMapping): { dnat: string; masq: string } {
  const { pod, ip } = attachment;
  const protocol = port.protocol.toLowerCase();
  const anyHost = port.hostIp === undefined || port.hostIp === '' || port.hostIp === '0.0.0.0';
  const destination = anyHost ? '' : `-d ${port.hostIp}/32 `;
  const note = comment(`${pod.namespace}/${pod.name} hostport ${port.hostPort}`);
  return {
    dnat: `-A ${prefix}-HOSTPORTS ${destination}-p ${protocol} ${note} -m ${protocol} --dport ${port.hostPort} -j DNAT --to-destination ${ip}:${port.containerPort}`,
    masq: `-A ${prefix}-POD-MASQ -s ${ip}/32 -d ${ip}/32 -p ${protocol} ${note} -m ${protocol} --dport ${port.containerPort} -j MASQUERADE`,
  };
}

function natRules(plan: NodeRulesPlan, attachments: readonly Attachment[]): string[] {
  const { chainPrefix: prefix, clusterCidr, serviceCidr } = plan;
  const ports = attachments.flatMap((attachment) =>
    attachment.hostPorts.map((port) => hostPortRules(prefix, attachment, port)),
  );
  const masq = `${prefix}-POD-MASQ`;
  return [
    ...ports.map((port) => port.dnat),
    // A pod that reaches itself through its own host port, or a program of the host that uses 127.0.0.1, must see an answer.
    ...ports.map((port) => port.masq),
    `-A ${masq} -s 127.0.0.0/8 -o ${plan.bridgeName} ${comment('loopback to a host port')} -j MASQUERADE`,
    `-A ${masq} -d ${clusterCidr} ${comment('pods see each other as they are')} -j RETURN`,
    `-A ${masq} -d ${serviceCidr} ${comment('services are kube-proxy work')} -j RETURN`,
    `-A ${masq} -d 224.0.0.0/4 ${comment('multicast')} -j RETURN`,
    `-A ${masq} -s ${clusterCidr} ${comment('pods leaving the cluster')} -j MASQUERADE`,
  ];
}

/** TCP by a reset: the kernel limits ICMP errors per host and spends them on redirects, so an ICMP refusal may never be sent. */
function refusal(match: string): string[] {
  const note = comment('no rule for this address');
  return [`-A ${match} -p tcp ${note} -j REJECT --reject-with tcp-reset`, `-A ${match} ${note} -j REJECT`];
}

function filterRules(plan: NodeRulesPlan): string[] {
  const { chainPrefix: prefix, clusterCidr, serviceCidr, bridgeName } = plan;
  return [
    `-A ${prefix}-POD-FORWARD -s ${clusterCidr} ${comment('from pods')} -j ACCEPT`,
    `-A ${prefix}-POD-FORWARD -d ${clusterCidr} ${comment('to pods')} -j ACCEPT`,
    // route_localnet on the bridge would let a pod reach what listens on the host's 127.0.0.1 only.
    `-A ${prefix}-POD-INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 ${comment('block traffic to localnet')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    ...refusal(`${prefix}-UNTRANSLATED -d ${serviceCidr}`),
    `-A ${prefix}-UNTRANSLATED -d 224.0.0.0/4 ${comment('multicast')} -j RETURN`,
    // Explicitly requested Service addresses outside the range: they too are routed to the bridge, where only pods live. In
    // OUTPUT the kernel still shows the interface from before NAT, hence the look at conntrack.
    ...refusal(`${prefix}-UNTRANSLATED ! -d ${clusterCidr} -o ${bridgeName} -m conntrack ! --ctstate DNAT`),
  ];
}

/**
 * Text for `iptables-restore --noflush`: our chains as a whole and the jumps that `saved` (output of `iptables-save`) lacks.
 * Naming a chain empties it, so the text can be applied any number of times; other chains are not touched.
 */
export function renderNodeRules(plan: NodeRulesPlan, attachments: readonly Attachment[], saved: string): string {
  const missing = jumpsOf(plan.chainPrefix).filter((jump) => !isJumpIn(saved, jump));
  const table = (name: 'nat' | 'filter', rules: readonly string[]) => [
    `*${name}`,
    ...CHAINS[name].map((chain) => `:${plan.chainPrefix}-${chain} - [0:0]`),
    ...missing.filter((jump) => jump.table === name).map((jump) => `-I ${jump.from} 1 ${jump.rule}`),
    ...rules,
    'COMMIT',
  ];
  return `${[...table('nat', natRules(plan, attachments)), ...table('filter', filterRules(plan))].join('\n')}\n`;
}

/** Text that removes what {@link renderNodeRules} made, as far as `saved` shows it; '' when nothing of it is there. */
export function renderNodeRulesRemoval(prefix: string, saved: string): string {
  const table = (name: 'nat' | 'filter') => {
    const lines = tableIn(saved, name);
    const chains = CHAINS[name].map((chain) => `${prefix}-${chain}`);
    const present = chains.filter((chain) => lines.some((line) => line.startsWith(`:${chain} `)));
    const jumps = lines.filter((line) => present.some((chain) => line.endsWith(` -j ${chain}`)));
    if (present.length === 0) return [];
    return [
      `*${name}`,
      ...jumps.map((line) => line.replace(/^-A /, '-D ')),
      ...present.flatMap((chain) => [`-F ${chain}`, `-X ${chain}`]),
      'COMMIT',
    ];
  };
  const text = [...table('nat'), ...table('filter')].join('\n');
  return text === '' ? '' : `${text}\n`;
}

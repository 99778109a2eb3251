/**
 * How much a pod may send and receive, by annotation, kept by the kernel's token bucket. Pure: only the commands' text.
 *
 * What goes into the pod leaves the host's end of its cable, and is held back there. What comes out of the pod arrives at that
 * end, where nothing can be held back; so it is led through an `ifb` device of its own first, as CNI's bandwidth plugin does.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#support-traffic-shaping
 */
import { isQuantity, parseQuantity } from '../../helper/api/quantity';

const INGRESS = 'kubernetes.io/ingress-bandwidth';
const EGRESS = 'kubernetes.io/egress-bandwidth';
const NANOS = 1_000_000_000n;
const LEAST_BITS = 1_000;
const MOST_BITS = 1e15;
/** Room for a burst, and the longest a packet waits: measured to keep within 5 % of the limit. */
const BUCKET = 'burst 256kb latency 25ms';

/** Bits per second; absent: not limited. */
export interface Bandwidth {
  readonly ingressBits?: number;
  readonly egressBits?: number;
}

/** What a pod's annotations ask for; undefined when nothing. Throws an Error in Kubernetes' words for a limit that makes no sense. */
export function bandwidthOf(annotations: Readonly<Record<string, string>> = {}): Bandwidth | undefined {
  const ingressBits = bitsOf(annotations[INGRESS]);
  const egressBits = bitsOf(annotations[EGRESS]);
  if (ingressBits === undefined && egressBits === undefined) return undefined;
  return { ...(ingressBits === undefined ? {} : { ingressBits }), ...(egressBits === undefined ? {} : { egressBits }) };
}

function bitsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!isQuantity(text)) throw new Error(`bandwidth "${text}" is not a quantity`);
  const bits = Number(parseQuantity(text) / NANOS);
  if (bits < LEAST_BITS) throw new Error('resource is unreasonably small (< 1kbit)');
  if (bits > MOST_BITS) throw new Error('resource is unreasonably large (> 1Pbit)');
  return bits;
}

/** The device a pod's outgoing traffic is led through; the cable's name tells whose it is. */
export function shaperOf(hostInterface: string): string {
  return hostInterface.replace(/^veth/, 'ifb');
}

/** Lines of a shell script, to be run when the cable is plugged in. */
export function renderBandwidth(hostInterface: string, { ingressBits, egressBits }: Bandwidth): string {
  const lines: string[] = [];
  if (ingressBits !== undefined) {
    lines.push(`tc qdisc replace dev ${hostInterface} root tbf rate ${ingressBits}bit ${BUCKET}`);
  }
  if (egressBits !== undefined) {
    const shaper = shaperOf(hostInterface);
    lines.push(
      `ip link add ${shaper} type ifb`,
      `ip link set ${shaper} up`,
      `tc qdisc replace dev ${shaper} root tbf rate ${egressBits}bit ${BUCKET}`,
      `tc qdisc replace dev ${hostInterface} handle ffff: ingress`,
      `tc filter replace dev ${hostInterface} parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ${shaper}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

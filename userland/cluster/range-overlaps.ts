/**
 * Ranges of one cluster that would take each other's packets: asked before anything is started. Pure.
 */
import { parseCidr, rangesOverlap } from '../../helper/net/ipv4';
import { flagOf } from '../../helper/process/setting-options';
import type { Settings } from '../../helper/process/settings';

/** Each node gets a /24. */
const LONGEST_POD_PREFIX = 24;

type Ranges = Pick<Settings, 'podCidr' | 'serviceCidrs' | 'loadBalancerCidr'>;

/** A setting and one of its ranges. */
type Range = readonly [key: keyof Ranges, range: string];

const named = (...[key, range]: Range) => `${flagOf(key)} ${range}`;

/**
 * The first problem, with the settings it is about; undefined when there is none. Service ranges after the first are for addresses that
 * users ask for, and may hold a pool: such an address is refused when it is taken.
 */
export function rangeProblem({ podCidr, serviceCidrs, loadBalancerCidr }: Ranges): string | undefined {
  if (parseCidr(podCidr).prefixLength > LONGEST_POD_PREFIX)
    return `${named('podCidr', podCidr)}: expected a range of /${LONGEST_POD_PREFIX} or more, since every node gets a /${LONGEST_POD_PREFIX} of it`;
  const pods: Range = ['podCidr', podCidr];
  const pool: Range = ['loadBalancerCidr', loadBalancerCidr];
  const services = serviceCidrs.map((range): Range => ['serviceCidrs', range]);
  const pairs = [
    ...services.map((service) => [pods, service] as const),
    ...services.slice(0, 1).map((service) => [pool, service] as const),
    [pods, pool] as const,
  ];
  const found = pairs.find(([one, other]) => rangesOverlap(one[1], other[1]));
  return found && `${named(...found[0])} overlaps ${named(...found[1])}`;
}

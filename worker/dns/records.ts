/**
 * The DNS records this server gives out, as plain data. Names are lower case and without the dot at the end.
 */

export type ZoneRecord =
  | { readonly name: string; readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly name: string; readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: string }
  | {
      readonly name: string;
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly name: string; readonly type: 'TXT'; readonly text: string }
  | {
      readonly name: string;
      readonly type: 'SOA';
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      /** seconds a resolver may remember that something does not exist */
      readonly negativeSeconds: number;
    };

/** Seconds a resolver may keep an answer: short, so that a change is seen at once (CoreDNS' value). */
export const TTL_SECONDS = 5;

/** `10.96.0.1` → `1.0.96.10.in-addr.arpa` */
export function reverseName(ipv4: string): string {
  return `${ipv4.split('.').reverse().join('.')}.in-addr.arpa`;
}

/**
 * What `trace path` is asked to go to: `web`, `svc/web:80`, `pod/x`, `10.96.0.1:443`, `http://shop.local/cart`. Pure.
 */
import { CommandError } from '../command-error';

export interface Target {
  /** `any`: a Service, a pod or a name, whichever there is; `host`: a name or address as it is */
  readonly kind: 'service' | 'pod' | 'host' | 'any';
  readonly name: string;
  readonly port?: number;
}

const KINDS: Readonly<Record<string, Target['kind']>> = {
  svc: 'service',
  service: 'service',
  services: 'service',
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
};

/** Throws a CommandError for what is none of these. */
export function parseTarget(text: string): Target {
  const wrong = () => new CommandError(`trace: ${JSON.stringify(text)} is no Service, pod, address or URL`);
  if (/^https?:\/\//i.test(text)) {
    if (!URL.canParse(text)) throw wrong();
    const { hostname, port, protocol } = new URL(text);
    return { kind: 'host', name: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  }
  const [, prefix, name = '', digits] = /^(?:([a-z]+)\/)?([a-z0-9.-]+)(?::(\d+))?$/i.exec(text) ?? [];
  const kind = prefix === undefined ? (name.includes('.') ? 'host' : 'any') : KINDS[prefix.toLowerCase()];
  const port = digits === undefined ? undefined : Number(digits);
  if (!name || !kind || (port !== undefined && (port < 1 || port > 65_535))) throw wrong();
  return { kind, name, ...(port === undefined ? {} : { port }) };
}

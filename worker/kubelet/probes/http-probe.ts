/**
 * httpGet probes: statuses 200 to 399 are well. Redirects are followed as long as they stay on the same host; one that leads
 * elsewhere counts as success with a warning, because what answers there is not the container.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#http-probes
 */
import { type HttpAnswer, type HttpTarget, requestHttp } from './http-request';
import type { ProbeResult } from './probe-result';

const MAX_REDIRECTS = 10;

/** Never rejects. */
export async function probeHttp(target: HttpTarget, timeoutMs: number): Promise<ProbeResult> {
  const deadline = Date.now() + timeoutMs;
  let at = new URL(urlOf(target));
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await requestHttp({ ...target, ...partsOf(at) }, Math.max(1, deadline - Date.now()));
      const next = redirectOf(answer, at);
      if (!next || next.hostname !== at.hostname) return judged(answer);
      at = next;
    }
    return { outcome: 'failure', output: `Get "${at}": stopped after ${MAX_REDIRECTS} redirects` };
  } catch (error) {
    return { outcome: 'failure', output: `Get "${at}": ${error instanceof Error ? error.message : String(error)}` };
  }
}

function urlOf({ host, port, path = '/', scheme = 'HTTP' }: HttpTarget): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${scheme.toLowerCase()}://${name}:${port}${path.startsWith('/') ? path : `/${path}`}`;
}

function partsOf(url: URL): Pick<HttpTarget, 'host' | 'port' | 'path' | 'scheme'> {
  const isHttps = url.protocol === 'https:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isHttps ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    scheme: isHttps ? 'HTTPS' : 'HTTP',
  };
}

function redirectOf({ status, location }: HttpAnswer, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

function judged({ status, body, location }: HttpAnswer): ProbeResult {
  if (status < 200 || status >= 400) {
    return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
  }
  if (status >= 300 && location !== undefined) {
    return { outcome: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
  }
  return { outcome: 'success', output: '' };
}

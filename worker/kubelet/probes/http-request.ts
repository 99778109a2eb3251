/**
 * One HTTP request of the kubelet's to a container: for probes and hooks.
 *
 * The certificate is not checked, redirects are the caller's affair, and of the body no more than 10 KiB is read. Failures are
 * worded as Kubernetes users know them from events.
 */
import * as http from 'node:http';
import * as https from 'node:https';

const MAX_BODY_BYTES = 10_240;
/** Containers speak all kinds of HTTP: as in Go, lines may end without a carriage return, and nobody checks certificates. */
const LENIENT = { rejectUnauthorized: false, insecureHTTPParser: true };
const PROBE_AGENT = 'kube-probe/1.32';

export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  readonly scheme?: string;
  /** how the kubelet calls itself when the headers do not say; a probe's name when left out */
  readonly userAgent?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** where a redirect points to */
  readonly location?: string;
}

/** A GET; rejects when nothing came back within `timeoutMs`. */
export function requestHttp(target: HttpTarget, timeoutMs: number): Promise<HttpAnswer> {
  const { host, port, path = '/', scheme = 'HTTP' } = target;
  const isHttps = scheme.toUpperCase() === 'HTTPS';
  const headers = headersOf(target);
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const options = { host, port, path: encodeURI(decodePath(rooted)), headers, agent: false as const };
  return new Promise((resolve, reject) => {
    const request = (isHttps ? https : http).request({ ...options, ...LENIENT }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const { statusCode: status = 0, headers: answered } = response;
      const finish = () => {
        clearTimeout(timer);
        const body = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
        resolve({ status, body, ...(answered.location ? { location: answered.location } : {}) });
        response.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_BODY_BYTES) finish();
      });
      response.on('end', finish);
      response.on('error', reject);
    });
    const timer = setTimeout(
      () => request.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
      timeoutMs,
    );
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(asDialError(error, host, port));
    });
    request.end();
  });
}

/** A path that was escaped already stays as it is; spaces and the like are escaped. */
function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Headers of the spec replace ours; an empty User-Agent or Accept takes ours away. */
function headersOf({ httpHeaders = [], userAgent = PROBE_AGENT }: HttpTarget): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'user-agent': userAgent, accept: '*/*', connection: 'close' };
  const given = new Set<string>();
  for (const { name, value } of httpHeaders) {
    const key = name.toLowerCase();
    const before = given.has(key) ? headers[key] : undefined;
    headers[key] = before === undefined || key === 'host' ? value : [before, value].flat();
    given.add(key);
  }
  for (const key of ['user-agent', 'accept']) if (headers[key] === '') delete headers[key];
  return headers;
}

/** A failed connection in the words of Go's net package. Other errors pass. */
export function asDialError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  };
  if (error.code === 'ECONNRESET') return Object.assign(new Error('EOF'), { code: error.code });
  const text = words[error.code ?? ''];
  return text ? Object.assign(new Error(`dial tcp ${host}:${port}: ${text}`), { code: error.code }) : error;
}

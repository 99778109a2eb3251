/**
 * Asks a webhook: one POST of JSON over TLS, to a URL or to a Service of the cluster. Used for admission and for conversion.
 *
 * The certificate must be of the CA the configuration brings (or one the machine trusts) and for the host of the URL; of a Service
 * for `<name>.<namespace>.svc`, wherever it happens to answer.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook
 */
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { requireExactNumbers } from '../../../helper/api/schema/exact-numbers';
import { StatusError } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import { pickAddress } from './service-address';

/** `clientConfig` of a webhook of either sort. */
export interface ClientConfig {
  readonly url?: string;
  readonly service?: {
    readonly namespace?: string;
    readonly name?: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** PEM in base64 */
  readonly caBundle?: string;
}

const DEFAULT_PORT = 443;
/** Answers hold one object; what is larger is no answer. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

interface Target {
  /** as messages name it */
  readonly url: string;
  readonly options: RequestOptions;
}

function targetOf({ url, service, caBundle }: ClientConfig, registry: Registry, timeoutSeconds: number): Target {
  const ca = caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {};
  const query = `timeout=${timeoutSeconds}s`;
  if (url) {
    const parsed = new URL(url);
    const path = `${parsed.pathname}?${query}`;
    const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
    const options = { host, port: parsed.port || DEFAULT_PORT, path, ...ca };
    return { url: `${parsed.origin}${path}`, options };
  }
  const { namespace = '', name = '', path = '/', port = DEFAULT_PORT } = service ?? {};
  const servername = `${name}.${namespace}.svc`;
  const address = pickAddress(registry, { namespace, name, port });
  const pathAndQuery = `${path}?${query}`;
  return {
    url: `https://${servername}:${port}${pathAndQuery}`,
    options: { ...address, servername, path: pathAndQuery, headers: { host: `${servername}:${port}` }, ...ca },
  };
}

/** The answer's JSON. Throws an Error whose message says what was asked and what went wrong. */
export async function callWebhook(
  config: ClientConfig,
  registry: Registry,
  body: object,
  timeoutSeconds: number,
): Promise<unknown> {
  const { url, options } = targetOf(config, registry, timeoutSeconds);
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const { code, text } = await post(url, { ...options, agent, signal }, Buffer.from(JSON.stringify(body)));
  if (code !== 200) throw StatusError.fromBody(parsed(text) ?? text, code);
  const answer = parsed(text);
  if (answer === undefined) throw new Error("couldn't get version/kind; json parse error: the answer is no JSON");
  requireExactNumbers(text);
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function post(url: string, options: RequestOptions, body: Buffer): Promise<{ code: number; text: string }> {
  const headers = {
    ...(options.headers as Record<string, string> | undefined),
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': body.length,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const reason =
        error.name === 'AbortError' || error.name === 'TimeoutError' ? 'context deadline exceeded' : error.message;
      reject(new Error(`Post ${JSON.stringify(url)}: ${reason}`));
    };
    const request = httpsRequest({ ...options, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER_BYTES) request.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on('error', fail);
    });
    request.on('error', fail);
    request.end(body);
  });
}

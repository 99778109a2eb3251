/**
 * `proxy`: the API on a port of this machine, with your identity; for browsers and curl.
 *
 * Listens on the loopback address only, and answers only requests that name it so: a page in a browser must not reach the cluster.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
 */
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authorizationHeaders, tlsOptions } from '../../../helper/client/http-transport';
import type { ClientConfig } from '../../../helper/client/kubeconfig';
import { CommandError } from '../command-error';
import { integer } from '../flags';
import { type AddVerb, defineVerb, type Verb } from '../verb';

const HERE = '127.0.0.1';
const ACCEPTED_HOSTS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const REJECTED_PATHS = /^\/api\/.*\/pods\/.*\/(exec|attach)/;

interface ProxyFlags {
  readonly port: number;
  readonly apiPrefix: string;
}

/** The path at the API server; undefined when the request is not one to pass on. */
export function forwardedPath(
  { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  prefix: string,
): string | undefined {
  if (!ACCEPTED_HOSTS.test(headers.host ?? '') || REJECTED_PATHS.test(url)) return undefined;
  if (prefix === '/') return url;
  return url.startsWith(prefix) ? url.slice(prefix.length - 1) : undefined;
}

function forward(config: ClientConfig, prefix: string, request: IncomingMessage, response: ServerResponse): void {
  const path = forwardedPath(request, prefix);
  if (path === undefined) {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('Forbidden\n');
    return;
  }
  const base = new URL(config.server);
  const { host: _, connection: __, ...headers } = request.headers;
  const send = base.protocol === 'https:' ? secureRequest : plainRequest;
  const call = send(
    {
      host: base.hostname,
      port: base.port,
      path,
      method: request.method,
      headers: { ...headers, ...authorizationHeaders(config) },
      ...tlsOptions(config),
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  call.on('error', (error) => {
    if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
    response.end(`${error.message}\n`);
  });
  // A watcher that goes away ends the watch.
  response.on('close', () => call.destroy());
  request.pipe(call);
}

const verb: Verb<ProxyFlags, ProxyFlags> = {
  complete: ({ flags }) => flags,
  validate({ apiPrefix, port }) {
    if (port < 0 || port > 65_535) throw new CommandError(`listen tcp: address ${port}: invalid port`);
    if (!apiPrefix.startsWith('/') || !apiPrefix.endsWith('/'))
      throw new CommandError('--api-prefix must begin and end with a slash');
  },
  async run({ port, apiPrefix }, { connection, output, signal }) {
    const server = createServer((request, response) => forward(connection.config, apiPrefix, request, response));
    await new Promise<void>((listening, failed) => {
      server.on('error', failed);
      server.listen(port, HERE, listening);
    });
    output.out(`Starting to serve on ${HERE}:${(server.address() as AddressInfo).port}\n`);
    await new Promise<void>((ended) => {
      signal.addEventListener('abort', () => {
        server.closeAllConnections();
        server.close(() => ended());
      });
    });
  },
};

export const addProxy: AddVerb = (program, host) => {
  const command = program
    .command('proxy')
    .description('the API on a port of this machine')
    .option('-p, --port <port>', 'the port; 0: any', integer, 8001)
    .option('--api-prefix <path>', 'paths under which the API appears', '/');
  defineVerb(command, host, verb);
};

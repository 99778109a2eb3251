/**
 * `proxy`: the API on a port of this machine, with your identity; for browsers and curl. With `--www` a page of yours beside it.
 *
 * Listens on the loopback address and answers only requests that name it so, unless told otherwise: a page in a browser must not reach
 * the cluster.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
 */
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { authorizationHeaders, tlsOptions } from '../../../helper/client/http-transport';
import type { ClientConfig } from '../../../helper/client/kubeconfig';
import { CommandError } from '../command-error';
import { integer } from '../flags';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { forwardedPath, type ProxyFilter, patternsOf, USUAL_FILTER } from './proxy-filter';

const HERE = '127.0.0.1';
const DEFAULT_PORT = 8001;
const ANYTHING = /^/;

interface ProxyFlags {
  readonly port: number;
  readonly address: string;
  readonly unixSocket?: string;
  readonly apiPrefix: string;
  readonly acceptHosts: string;
  readonly acceptPaths: string;
  readonly rejectPaths: string;
  readonly rejectMethods: string;
  readonly disableFilter?: boolean;
  readonly www?: string;
  readonly wwwPrefix: string;
}

interface ProxyRequest {
  readonly flags: ProxyFlags;
  readonly filter: ProxyFilter;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function forward(config: ClientConfig, filter: ProxyFilter, request: IncomingMessage, response: ServerResponse): void {
  const path = forwardedPath(request, filter);
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

/** Files of a folder under their prefix, everything else as before. */
async function withFiles(prefix: string, folder: string, otherwise: Handler): Promise<Handler> {
  const { default: express } = await import('express');
  const app = express().disable('x-powered-by');
  app.use(prefix.replace(/\/$/, '') || '/', express.static(folder, { fallthrough: false }));
  return (request, response) =>
    request.url?.startsWith(prefix) ? app(request, response) : otherwise(request, response);
}

function filterOf(flags: ProxyFlags): ProxyFilter {
  const { apiPrefix: prefix, acceptHosts, acceptPaths, rejectPaths, rejectMethods } = flags;
  if (flags.disableFilter)
    return { prefix, acceptHosts: [ANYTHING], acceptPaths: [ANYTHING], rejectPaths: [], rejectMethods: [] };
  return {
    prefix,
    acceptHosts: patternsOf(acceptHosts),
    acceptPaths: patternsOf(acceptPaths),
    rejectPaths: patternsOf(rejectPaths),
    rejectMethods: patternsOf(rejectMethods),
  };
}

/** A prefix stands between slashes. */
const slashed = (prefix: string) => `/${prefix}/`.replace(/\/{2,}/g, '/');

const verb: Verb<ProxyFlags, ProxyRequest> = {
  complete({ flags }) {
    const whole = { ...flags, apiPrefix: slashed(flags.apiPrefix), wwwPrefix: slashed(flags.wwwPrefix) };
    return { flags: whole, filter: filterOf(whole) };
  },
  validate({ flags: { port, unixSocket, apiPrefix, wwwPrefix, www } }) {
    if (port < 0 || port > 65_535) throw new CommandError(`listen tcp: address ${port}: invalid port`);
    if (port !== DEFAULT_PORT && unixSocket)
      throw new CommandError('cannot set --unix-socket and --port at the same time');
    if (www && apiPrefix === wwwPrefix) throw new CommandError('--api-prefix and --www-prefix must be different');
  },
  async run({ flags, filter }, { connection, output, signal, shell }) {
    const toApi: Handler = (request, response) => forward(connection.config, filter, request, response);
    const folder = flags.www && resolve(shell.workingDirectory, flags.www);
    const server = createServer(folder ? await withFiles(flags.wwwPrefix, folder, toApi) : toApi);
    if (flags.disableFilter && !flags.unixSocket)
      output.err('Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n');
    await new Promise<void>((listening, failed) => {
      server.on('error', failed);
      if (flags.unixSocket) server.listen(flags.unixSocket, listening);
      else server.listen(flags.port, flags.address, listening);
    });
    const place = flags.unixSocket ?? `${flags.address}:${(server.address() as AddressInfo).port}`;
    output.out(`Starting to serve on ${place}\n`);
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
    .option('-p, --port <port>', 'the port; 0: any', integer, DEFAULT_PORT)
    .option('--address <address>', 'address to serve on', HERE)
    .option('-u, --unix-socket <path>', 'a socket to serve on instead')
    .option('--api-prefix <path>', 'paths under which the API appears', '/')
    .option('-w, --www <folder>', 'files to serve beside the API')
    .option('-P, --www-prefix <path>', 'paths under which the files appear', '/static/')
    .option('--accept-hosts <patterns>', 'hosts a request may name', USUAL_FILTER.acceptHosts)
    .option('--accept-paths <patterns>', 'paths that are passed on', USUAL_FILTER.acceptPaths)
    .option('--reject-paths <patterns>', 'paths that are not', USUAL_FILTER.rejectPaths)
    .option('--reject-methods <patterns>', 'methods that are not passed on', USUAL_FILTER.rejectMethods)
    .option('--disable-filter', 'pass on everything; dangerous where others reach the port');
  defineVerb(command, host, verb);
};

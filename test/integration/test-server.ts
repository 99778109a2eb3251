/**
 * A real api-server for tests: over the embedded store in a folder of its own, on a port of its own, in this process.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ensurePki } from '../../helper/pki/ensure-pki';
import { withDefaults } from '../../helper/process/default-settings';
import { silentLogger } from '../../helper/process/log';
import type { Settings } from '../../helper/process/settings';
import { type ApiServer, startApiServer } from '../../master/apiserver/start';
import { openEmbeddedStore } from '../../master/storage/embedded-store';
import type { Store } from '../../master/storage/store';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** the body as JSON; throws when it is none */
  json<T = Record<string, never>>(): T;
}

export interface RequestOptions {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running server and the means to talk to it. */
export interface TestServer {
  readonly api: ApiServer;
  readonly store: Store;
  readonly settings: Settings;
  readonly port: number;
  readonly token: string;
  readonly ca: Buffer;
  /** One request as the administrator, unless options say otherwise; objects are sent as JSON. */
  send(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** The same server as if it had been started again now: a new one over the same store. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a token of an administrator in the file an API server of this home reads, and returns it: requests need no certificate then. */
export function writeAdminToken(home: string): string {
  const token = randomBytes(32).toString('base64url');
  const line = `${token},minik8s-admin,minik8s-admin,"system:masters"\n`;
  writeFileSync(join(home, 'pki', 'tokens.csv'), line, { mode: 0o600 });
  return token;
}

/** Starts a server on a fresh folder, over a store of its own unless one is given. */
export async function startTestServer(given: Partial<Settings> = {}, givenStore?: Store): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), 'minik8s-api-'));
  const settings = withDefaults({ home, bindAddress: '127.0.0.1', nodeIp: '127.0.0.1', ...given });
  await ensurePki(settings);
  const token = writeAdminToken(home);
  const store = givenStore ?? (await openEmbeddedStore({ directory: join(home, 'store') }));
  const pki = (file: string) => readFileSync(join(home, 'pki', file));
  const begin = async () => {
    const begun = await startApiServer({ settings, log: silentLogger(), store, pki });
    await new Promise<void>((resolve) => begun.secure.listen(0, '127.0.0.1', resolve));
    if (!givenStore) await lastWriteOfStart(store);
    return begun;
  };
  let api = await begin();
  const portOf = () => (api.secure.address() as AddressInfo).port;
  const ca = pki('ca.crt');
  return {
    get api() {
      return api;
    },
    get port() {
      return portOf();
    },
    store,
    settings,
    token,
    ca,
    send: (method, path, body, options = {}) => send({ port: portOf(), token, ca }, method, path, body, options),
    async startAgain() {
      await api.stop();
      api = await begin();
    },
    async stop() {
      await api.stop();
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The server makes one object of its own when it serves already; tests that compare revisions must not see that in between. */
async function lastWriteOfStart(store: Store): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await store.get('/registry/core/configmaps/kube-system/extension-apiserver-authentication'))) {
    if (Date.now() > deadline) throw new Error('the server did not write how extension servers know it');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a client must know of a server. */
export type ServerAccess = Pick<TestServer, 'port' | 'token' | 'ca'>;

const contexts = new WeakMap<Buffer, { readonly secureContext: SecureContext }>();

/** The server's CA, read once: it takes longer than a request. */
function contextOf(ca: Buffer): { readonly secureContext: SecureContext } {
  const known = contexts.get(ca) ?? { secureContext: createSecureContext({ ca }) };
  contexts.set(ca, known);
  return known;
}

/** One request; resolves with whatever comes back, rejects when the connection breaks. */
export function send(
  { port, token, ca }: ServerAccess,
  method: string,
  path: string,
  body: unknown,
  { token: other = token, headers = {} }: RequestOptions = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = body === undefined ? undefined : Buffer.from(isRaw ? body : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        ...contextOf(ca),
        method,
        path,
        agent: false,
        headers: {
          ...(other === null ? {} : { authorization: `Bearer ${other}` }),
          ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: code = 0, headers: answered } = response;
          resolve({ code, headers: answered, text, json: () => JSON.parse(text) });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

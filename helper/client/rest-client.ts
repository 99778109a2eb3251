/**
 * The API over HTTPS: implements {@link ApiClient} for components and commands.
 *
 * Every failure is a StatusError: what the server said, or that it could not be reached. 429 is waited for as the server
 * asks, a bounded number of times. Writes name the field manager (the component) and their cause.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import type { KubeList, KubeObject, WatchEvent } from '../api/meta';
import { apiVersionOf, type Resource, resourcePath } from '../api/resource';
import { StatusError } from '../api/status-error';
import type { ApiClient, DeleteOptions, ListQuery, PatchType, WatchQuery, WriteOptions } from './client';
import { unreachable } from './connection-error';
import { HttpTransport, readAnswer } from './http-transport';
import type { ClientConfig } from './kubeconfig';
import { deleteBody, listPath, PATCH_CONTENT_TYPES, placeOf, watchPath, writePath } from './request-path';
import { watchEvents } from './watch-stream';

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_THROTTLED_TRIES = 5;
const MAX_RETRY_AFTER_SECONDS = 10;
/** The server ends a watch at its timeout; one that lives this much longer hangs on a dead connection. */
const WATCH_GRACE_MS = 15_000;

export interface RestClientOptions {
  /** `name/version`; the name is the field manager of writes */
  readonly userAgent?: string;
  /**
   * Objects come without spec and status (PartialObjectMetadata), from a server that has that form; whole otherwise. Spares
   * readers of metadata the rest.
   */
  readonly metadataOnly?: boolean;
  /** limit for one call without watches and streams; default 30 s */
  readonly timeoutMs?: number;
  /** hears the texts of `Warning:` headers */
  readonly onWarning?: (text: string) => void;
}

export interface RestClient extends ApiClient {
  readonly config: ClientConfig;
  withCause(cause: string): RestClient;
  /** Goes on as whom this config says: its certificate was renewed. All clients made from this one follow. */
  identify(config: ClientConfig): void;
  /** An answer read piece by piece (`log?follow=true`). Failures are StatusErrors; end it with `signal`. */
  stream(
    method: string,
    path: string,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage>;
  /** Closes all connections; calls in flight fail. */
  close(): void;
}

interface Body {
  readonly value: unknown;
  readonly contentType?: string;
}

/** Metadata if the server has that form, else whole objects. */
const metadataForm = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`;

/** A client for the cluster and identity of a kubeconfig. Connects when first used. */
export function createClient(config: ClientConfig, options: RestClientOptions = {}): RestClient {
  return new HttpsClient(new HttpTransport(config), config, options);
}

class HttpsClient implements RestClient {
  private readonly fieldManager: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly transport: HttpTransport,
    readonly config: ClientConfig,
    private readonly options: RestClientOptions,
    cause?: string,
  ) {
    const userAgent = options.userAgent ?? 'minik8s';
    this.fieldManager = userAgent.split('/')[0] ?? userAgent;
    this.headers = {
      accept: options.metadataOnly ? metadataForm('PartialObjectMetadata') : 'application/json',
      'user-agent': userAgent,
      ...(cause ? { 'minik8s-cause': cause } : {}),
    };
  }

  withCause(cause: string): RestClient {
    return new HttpsClient(this.transport, this.config, this.options, cause);
  }

  identify(config: ClientConfig): void {
    this.transport.identify(config);
  }

  close(): void {
    this.transport.close();
  }

  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T> {
    return this.send<T>('GET', resourcePath(resource, namespace, name));
  }

  async list<T extends KubeObject>(resource: Resource<T>, query: ListQuery = {}): Promise<KubeList<T>> {
    // The form of a list has a name of its own; a server refuses the one where the other is meant.
    const form = this.options.metadataOnly ? { accept: metadataForm('PartialObjectMetadataList') } : {};
    const list = await this.send<KubeList<T>>('GET', listPath(resource, query), undefined, form);
    const apiVersion = apiVersionOf(resource);
    // Items of a list may come without apiVersion and kind: the list itself says both.
    const items = (list.items ?? []).map((item) => (item.kind ? item : { ...item, apiVersion, kind: resource.kind }));
    return { ...list, items };
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace } = placeOf(object);
    return this.send<T>('POST', writePath(resource, { namespace }, this.managed(options)), { value: object });
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.send<T>('PUT', writePath(resource, placeOf(object), this.managed(options)), { value: object });
  }

  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const place = { ...placeOf(object), subresource: 'status' };
    return this.send<T>('PUT', writePath(resource, place, this.managed({})), { value: object });
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    type: PatchType,
    body: unknown,
    { subresource = '', ...options }: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const path = writePath(resource, { namespace, name, subresource }, this.managed(options));
    return this.send<T>('PATCH', path, { value: body, contentType: PATCH_CONTENT_TYPES[type] });
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): Promise<T | undefined> {
    const body = deleteBody(options);
    const path = resourcePath(resource, namespace, name);
    const answer = await this.send<T | { kind: 'Status' }>('DELETE', path, body && { value: body });
    if (answer.kind === 'Status') return undefined;
    const object = answer as T;
    return isStillThere(object) ? object : undefined;
  }

  async deleteCollection(resource: Resource, namespace: string, query: ListQuery = {}, options: DeleteOptions = {}) {
    const body = deleteBody(options);
    await this.send('DELETE', listPath(resource, { ...query, namespace }), body && { value: body });
  }

  createSubresource(resource: Resource, namespace: string, name: string, subresource: string, body: unknown) {
    const path = writePath(resource, { namespace, name, subresource }, this.managed({}));
    return this.send<unknown>('POST', path, { value: body });
  }

  raw(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return this.send<unknown>(method, path, body === undefined ? undefined : { value: body }, headers);
  }

  async stream(
    method: string,
    path: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    const timeoutMs = this.options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const call = { method, path, headers: { ...this.headers, ...headers }, timeoutMs, signal };
    const response = await this.transport.stream(call);
    if (isSuccess(response)) return response;
    throw StatusError.fromBody(parse(response, await readAnswer(response, timeoutMs)), response.statusCode ?? 500);
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const limit = query.timeoutSeconds ? AbortSignal.timeout(query.timeoutSeconds * 1000 + WATCH_GRACE_MS) : undefined;
    const ended = limit ? AbortSignal.any([signal, limit]) : signal;
    let response: IncomingMessage | undefined;
    try {
      response = await this.stream('GET', watchPath(resource, query), ended);
      yield* watchEvents<T>(response);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof StatusError) throw error;
      throw unreachable(this.config.server, types.isNativeError(error) ? error : new Error(String(error)));
    } finally {
      response?.destroy();
    }
  }

  private managed(options: WriteOptions): WriteOptions {
    return { fieldManager: this.fieldManager, ...options };
  }

  /** Sends, waits out 429, and returns the parsed answer or throws what the server said. */
  private async send<R>(method: string, path: string, body?: Body, headers: Readonly<Record<string, string>> = {}) {
    const call = {
      method,
      path,
      headers: {
        ...this.headers,
        ...(body ? { 'content-type': body.contentType ?? 'application/json' } : {}),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      },
      timeoutMs: this.options.timeoutMs ?? REQUEST_TIMEOUT_MS,
      ...(body ? { body: asBytes(body.value) } : {}),
    };
    for (let tries = 1; ; tries += 1) {
      const { response, text } = await this.transport.call(call);
      this.reportWarnings(response);
      if (isSuccess(response)) return parse(response, text) as R;
      const waitSeconds = retryAfter(response);
      if (response.statusCode !== 429 || waitSeconds === undefined || tries >= MAX_THROTTLED_TRIES) {
        throw StatusError.fromBody(parse(response, text), response.statusCode ?? 500);
      }
      await sleep(waitSeconds * 1000);
    }
  }

  /** `Warning: 299 - "text"`, several separated by commas. */
  private reportWarnings(response: IncomingMessage): void {
    const header = response.headers['warning'];
    if (!header || !this.options.onWarning) return;
    for (const [, quoted = ''] of String(header).matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      this.options.onWarning(quoted.replace(/\\(.)/g, '$1'));
    }
  }
}

const isSuccess = (response: IncomingMessage) => {
  const code = response.statusCode ?? 0;
  return code >= 200 && code < 300;
};

/** Kubernetes may answer with the last state of an object that is gone: only grace or finalizers keep it. */
function isStillThere({ metadata }: KubeObject): boolean {
  const isWaiting = metadata.deletionGracePeriodSeconds !== 0 || (metadata.finalizers ?? []).length > 0;
  return metadata.deletionTimestamp !== undefined && isWaiting;
}

/** Bytes and text go as they are (a manifest in YAML); everything else as JSON. */
function asBytes(value: unknown): string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
}

/** JSON when the answer says so, text otherwise, and also when JSON was promised but is not there. */
function parse(response: IncomingMessage, text: string): unknown {
  if (!String(response.headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seconds the server asks to wait, at most the bound; undefined when it asks for nothing. */
function retryAfter(response: IncomingMessage): number | undefined {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : undefined;
}

/**
 * Who may use the kubelet's port: every request is authenticated (client certificate, or a bearer token the API server knows) and then
 * authorized by the API server's roles, as an access to a part of this Node.
 *
 * Answers are remembered for Kubernetes' times, so that a stream of requests costs one question and logs and exec go on for a while
 * when the API server is away. https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ApiClient } from '../../../helper/client/client';
import { HttpError } from './http-error';
import { accessToNode } from './request-attributes';

const AUTHENTICATED_GROUP = 'system:authenticated';
const TOKEN_TTL_MS = 2 * 60_000;
const ALLOWED_TTL_MS = 5 * 60_000;
const REFUSED_TTL_MS = 30_000;
/** Beyond it everything is asked anew: names come from clients. */
const MAX_REMEMBERED = 1_000;
const BEARER = /^bearer +(\S+) *$/i;

interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface Remembered<T> {
  readonly value: T;
  readonly until: number;
}

/** Answers by question, each for its time. */
class Memory<T> {
  private readonly entries = new Map<string, Remembered<T>>();

  get(key: string, now: number): T | undefined {
    const entry = this.entries.get(key);
    return entry && now < entry.until ? entry.value : undefined;
  }

  put(key: string, value: T, until: number): T {
    if (this.entries.size >= MAX_REMEMBERED) this.entries.clear();
    this.entries.set(key, { value, until });
    return value;
  }
}

/** The door of the kubelet's server. */
export interface KubeletAccess {
  /** Throws HttpError 401 when it is not known who asks, 403 when he may not. */
  check(request: IncomingMessage): Promise<void>;
}

/** Asks the API server, as this node. */
export class DelegatedAccess implements KubeletAccess {
  private readonly tokens = new Memory<UserInfo>();
  private readonly decisions = new Memory<boolean>();

  constructor(
    private readonly client: Pick<ApiClient, 'raw'>,
    private readonly nodeName: string,
    private readonly now: () => number = Date.now,
  ) {}

  async check(request: IncomingMessage): Promise<void> {
    const user = userOfCertificate(request.socket as TLSSocket) ?? (await this.userOfToken(request));
    if (!user) throw new HttpError(401, 'Unauthorized');
    const path = new URL(request.url ?? '/', 'https://kubelet').pathname;
    const { verb, subresource } = accessToNode(request.method ?? '', path);
    if (await this.mayDo(user, verb, subresource)) return;
    const what = `verb=${verb}, resource=nodes, subresource=${subresource}`;
    throw new HttpError(403, `Forbidden (user=${user.username}, ${what})`);
  }

  private async userOfToken({ headers }: IncomingMessage): Promise<UserInfo | undefined> {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (!token) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.tokens.get(key, this.now());
    if (known) return known;
    const status = await this.ask('authentication.k8s.io', 'TokenReview', { token });
    if (status.authenticated !== true) return undefined;
    return this.tokens.put(key, status.user as UserInfo, this.now() + TOKEN_TTL_MS);
  }

  private async mayDo(user: UserInfo, verb: string, subresource: string): Promise<boolean> {
    const key = JSON.stringify([user, verb, subresource]);
    const known = this.decisions.get(key, this.now());
    if (known !== undefined) return known;
    const { username, ...others } = user;
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: this.nodeName };
    const spec = { user: username, ...others, resourceAttributes };
    const { allowed } = await this.ask('authorization.k8s.io', 'SubjectAccessReview', spec);
    const isAllowed = allowed === true;
    return this.decisions.put(key, isAllowed, this.now() + (isAllowed ? ALLOWED_TTL_MS : REFUSED_TTL_MS));
  }

  private async ask(group: string, kind: string, spec: object): Promise<Record<string, unknown>> {
    const review = { apiVersion: `${group}/v1`, kind, spec };
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    const answer = (await this.client.raw('POST', path, review)) as { status?: Record<string, unknown> };
    return answer.status ?? {};
  }
}

/** TLS has checked the chain; a certificate of another CA names nobody. */
function userOfCertificate(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const all = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());
  const [username] = all(subject?.CN);
  return username ? { username, groups: [...all(subject?.O), AUTHENTICATED_GROUP] } : undefined;
}

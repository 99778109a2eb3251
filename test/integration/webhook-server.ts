/**
 * A webhook for tests: an HTTPS server on loopback with a CA of its own. What it answers is up to each path.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, openAuthority } from '../../helper/pki/certificate-authority';

/** `request` of a review. */
export interface Question {
  readonly uid: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly subResource?: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly dryRun: boolean;
  readonly userInfo: { readonly username: string };
  readonly options: { readonly kind: string } | null;
  readonly object: (Record<string, unknown> & { metadata: Record<string, unknown>; kind: string }) | null;
  readonly oldObject: Record<string, unknown> | null;
}

export interface Reply {
  readonly allowed?: boolean;
  readonly status?: object;
  /** operations of a JSON patch */
  readonly patch?: readonly object[];
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

type Answer = (question: Question) => Reply | Promise<Reply>;

export interface WebhookServer {
  readonly caBundle: string;
  readonly port: number;
  /** what was asked, in order */
  readonly asked: { readonly path: string; readonly question: Question }[];
  /** Says what a path answers and returns the clientConfig that leads there. */
  on(path: string, answer: Answer): { url: string; caBundle: string };
  stop(): Promise<void>;
}

const reviewOf = (uid: string, { allowed = true, patch, ...rest }: Reply) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {
    uid,
    allowed,
    ...rest,
    ...(patch ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } : {}),
  },
});

/** Starts one; its certificate is for 127.0.0.1 and for the names given. */
export async function startWebhookServer(dnsNames: readonly string[] = []): Promise<WebhookServer> {
  const now = new Date();
  const authority = openAuthority(await createAuthority('webhook-ca', now));
  const request = { commonName: 'webhook', usages: ['server' as const], dnsNames, ipAddresses: ['127.0.0.1'] };
  const pair = await authority.sign(request, now);
  const answers = new Map<string, Answer>();
  const asked: WebhookServer['asked'] = [];
  const server: Server = createServer({ cert: pair.certificate, key: pair.key }, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    const { request: question } = JSON.parse(Buffer.concat(chunks).toString()) as { request: Question };
    asked.push({ path, question });
    const reply = await answers.get(path)?.(question);
    res.writeHead(reply ? 200 : 404, { 'content-type': 'application/json' });
    res.end(JSON.stringify(reply ? reviewOf(question.uid, reply) : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(authority.certificate).toString('base64');
  return {
    caBundle,
    port,
    asked,
    on(path, answer) {
      answers.set(path, answer);
      return { url: `https://127.0.0.1:${port}${path}`, caBundle };
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * `-v=6`: every request to the server as a line on standard error, as stock kubectl shows them; from 7 on with headers, from 8 on with
 * those of the answer, too.
 *
 * Node tells whoever asks about the requests of a process, so nothing is asked of the client, and nothing is spent when nobody looks.
 * Kubernetes also shows bodies from 8 on; left out because whoever listens to a body takes it away from its reader.
 * https://kubernetes.io/docs/reference/kubectl/quick-reference/#kubectl-output-verbosity-and-debugging
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

const REQUESTS = 6;
const REQUEST_HEADERS = 7;
const ANSWER_HEADERS = 8;
const START = 'http.client.request.start';
const FINISH = 'http.client.response.finish';
/** Never shown. */
const SECRET = new Set(['authorization', 'cookie']);

const pad = (value: number, length = 2) => String(value).padStart(length, '0');

/** `I1122 02:15:16.123000    4711 round_trippers.go:560] `: what klog puts in front of a line. */
function prefixOf(now: Date): string {
  const day = `${pad(now.getMonth() + 1)}${pad(now.getDate())}`;
  const time = `${pad(now.getHours())}:${pad(now.getMinutes())}:${pad(now.getSeconds())}.${pad(now.getMilliseconds(), 3)}000`;
  return `I${day} ${time} ${String(process.pid).padStart(7)} round_trippers.go:560] `;
}

const headerLines = (headers: Readonly<Record<string, unknown>>) =>
  Object.entries(headers).map(([name, value]) => `    ${name}: ${SECRET.has(name.toLowerCase()) ? '<masked>' : value}`);

/** The lines about a request that was answered; none below level 6. */
export function requestLines(
  level: number,
  { url, method, headers }: { url: string; method: string; headers: Readonly<Record<string, unknown>> },
  answer: Pick<IncomingMessage, 'statusCode' | 'statusMessage' | 'headers'>,
  milliseconds: number,
): string[] {
  const outcome = `${answer.statusCode} ${answer.statusMessage} in ${Math.round(milliseconds)} milliseconds`;
  if (level < REQUESTS) return [];
  if (level < REQUEST_HEADERS) return [`${method} ${url} ${outcome}`];
  const asked = [`${method} ${url}`, 'Request Headers:', ...headerLines(headers), `Response Status: ${outcome}`];
  return level < ANSWER_HEADERS ? asked : [...asked, 'Response Headers:', ...headerLines(answer.headers)];
}

/** Writes about requests of this process from now on; returns what ends it. */
export function logRequests(level: number, write: (text: string) => void): () => void {
  const begun = new WeakMap<ClientRequest, number>();
  const onStart = (message: unknown) => {
    begun.set((message as { request: ClientRequest }).request, performance.now());
  };
  const onFinish = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const url = `${request.protocol}//${request.getHeader('host')}${request.path}`;
    const asked = { url, method: request.method, headers: request.getHeaders() };
    const prefix = prefixOf(new Date());
    const took = performance.now() - (begun.get(request) ?? performance.now());
    for (const line of requestLines(level, asked, response, took)) write(`${prefix}${line}\n`);
  };
  subscribe(START, onStart);
  subscribe(FINISH, onFinish);
  return () => {
    unsubscribe(START, onStart);
    unsubscribe(FINISH, onFinish);
  };
}

/**
 * pods/<name>/log: the kubelet's text, passed on as it comes.
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import { request as httpsRequest } from 'node:https';
import { badRequest, StatusError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { parseCount } from '../rest/query-options';
import { kubeletUnreachable } from './kubelet-connection';
import { findPodTarget, type PodTarget } from './pod-target';

const PASSED_ON = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
];
const CONNECT_TIMEOUT_MS = 10_000;
const LONGEST_ERROR = 4096;

function logPath({ namespace, pod, container }: PodTarget, query: URLSearchParams): string {
  for (const name of ['sinceSeconds', 'tailLines', 'limitBytes']) parseCount(query, name);
  if (query.get('sinceSeconds') && query.get('sinceTime')) {
    throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  const options = new URLSearchParams();
  for (const name of PASSED_ON) {
    const value = query.get(name);
    if (value !== null) options.set(name, value);
  }
  const path = `/containerLogs/${[namespace, pod, container].map(encodeURIComponent).join('/')}`;
  return options.size > 0 ? `${path}?${options}` : path;
}

/** Answers with the log; ends the kubelet's side when the client goes away. */
export async function handleLog({ res, info, cache, registry, services }: ApiRequest): Promise<void> {
  const target = await findPodTarget(registry, services, cache, info);
  const path = logPath(target, info.query);
  await new Promise<void>((resolve, reject) => {
    const request = httpsRequest({ ...target.kubelet, path, method: 'GET', agent: false, timeout: CONNECT_TIMEOUT_MS });
    request.on('timeout', () => {
      // Counts only until the answer begins: a followed log may be silent for hours.
      if (!res.headersSent) request.destroy(new Error('no answer from the kubelet'));
    });
    request.on('error', (error) =>
      res.headersSent ? res.destroy() : reject(kubeletUnreachable(target.kubelet, path, error)),
    );
    res.on('close', () => request.destroy());
    request.on('response', (response) => {
      const code = response.statusCode ?? 500;
      if (code !== 200) {
        collectError(response, code).then(reject, reject);
        return;
      }
      res.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
      res.flushHeaders();
      response.pipe(res);
      response.on('error', () => res.destroy());
      response.on('end', resolve);
    });
    request.end();
  });
}

async function collectError(response: AsyncIterable<Buffer>, code: number): Promise<StatusError> {
  let text = '';
  for await (const chunk of response) if (text.length < LONGEST_ERROR) text += chunk.toString('utf8');
  return StatusError.fromBody(parsed(text), code);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

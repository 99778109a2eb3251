/**
 * pods/<name>/log: the kubelet's text, passed on as it comes.
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import { badRequest, StatusError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { headOf } from '../rest/answer-head';
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
/** What it takes to find a log. */
export type LogRequest = Pick<ApiRequest, 'info' | 'cache' | 'registry' | 'services'>;

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

/** Asks the kubelet for the log a request means; the text comes as the answer's body. Throws StatusErrors. */
export async function openLog({ info, cache, registry, services }: LogRequest): Promise<IncomingMessage> {
  const target = await findPodTarget(registry, services, cache, info);
  const path = logPath(target, info.query);
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpsRequest({ ...target.kubelet, path, method: 'GET', agent: false, timeout: CONNECT_TIMEOUT_MS });
    let hasBegun = false;
    // Counts only until the answer begins: a followed log may be silent for hours.
    request.on('timeout', () => hasBegun || request.destroy(new Error('no answer from the kubelet')));
    request.on('error', (error) => reject(kubeletUnreachable(target.kubelet, path, error)));
    request.on('response', (response) => {
      hasBegun = true;
      response.on('error', () => undefined);
      const code = response.statusCode ?? 500;
      if (code === 200) resolve(response);
      else collectError(response, code).then(reject, reject);
    });
    request.end();
  });
}

/** Answers with the log; ends the kubelet's side when the client goes away. */
export async function handleLog(asked: ApiRequest): Promise<void> {
  const { res } = asked;
  const log = await openLog(asked);
  if (res.destroyed) {
    log.destroy();
    return;
  }
  res.writeHead(200, headOf(res, { 'Content-Type': 'text/plain' }));
  res.flushHeaders();
  // A log that breaks off must not look like one that has ended: pipeline cuts the connection.
  await new Promise<void>((resolve) => pipeline(log, res, () => resolve()));
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

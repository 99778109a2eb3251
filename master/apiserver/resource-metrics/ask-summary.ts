/**
 * Asks a kubelet for its summary of cpu and memory, as the api-server itself.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import { request as httpsRequest } from 'node:https';
import type { Summary } from '../../../helper/api/metrics/summary';
import { type KubeletTarget, kubeletUnreachable } from '../proxy/kubelet-connection';

const ASK_TIMEOUT_MS = 3_000;
/** A node full of pods needs some hundred kilobytes. */
const LARGEST_SUMMARY_BYTES = 16 * 1024 * 1024;
const PATH = '/stats/summary';

/** Rejects when the kubelet does not answer in time, refuses, or answers with something else. */
export function askSummary(kubelet: KubeletTarget): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const fail = (error: Error) => reject(kubeletUnreachable(kubelet, PATH, error));
    const asked = httpsRequest({ ...kubelet, path: PATH, agent: false, signal }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) {
          text += chunk;
          if (text.length > LARGEST_SUMMARY_BYTES) throw new Error('the answer is too large');
        }
        if (response.statusCode !== 200) throw new Error(`the kubelet answered ${response.statusCode}: ${text}`);
        resolve(JSON.parse(text) as Summary);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    asked.once('error', fail);
    asked.end();
  });
}

/**
 * Numbers of the DNS server, and the port where they are read (9153, as CoreDNS has it).
 */
import { createServer, type Server } from 'node:http';
import { counter, METRICS_CONTENT_TYPE, renderMetrics } from '../../helper/process/metrics';
import type { AnswerCounts } from './dns-server';

const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export interface DnsMetrics extends AnswerCounts {
  forwardFailure(): void;
}

export function dnsMetrics(): DnsMetrics {
  const questions = counter({
    name: 'cluster_dns_requests_total',
    help: 'Questions received, by protocol.',
    labelNames: ['protocol'],
  });
  const answers = counter({
    name: 'cluster_dns_responses_total',
    help: 'Answers sent, by outcome.',
    labelNames: ['rcode'],
  });
  const failures = counter({
    name: 'cluster_dns_forward_failures_total',
    help: 'Questions an upstream server did not answer.',
  });
  // Looked up once: a lookup by label for every question would be the dearest part of a kept answer.
  const [udp, tcp] = [questions.labels('udp'), questions.labels('tcp')];
  const byCode = Array.from({ length: 16 }, (_, code) => answers.labels(CODES[code] ?? `RCODE${code}`));
  return {
    question: (overTcp) => (overTcp ? tcp : udp).inc(),
    answer: (answer) => byCode[(answer[3] ?? 0) & 0xf]?.inc(),
    forwardFailure: () => failures.inc(),
  };
}

/** `GET /metrics` and `/health` on an address pods can reach. Rejects when the port cannot be had. */
export function startMetricsServer(address: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/health') response.end('OK');
    else if (request.url !== '/metrics') response.writeHead(404).end();
    else
      renderMetrics().then(
        (text) => response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(text),
        (error: Error) => response.writeHead(500).end(error.message),
      );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}

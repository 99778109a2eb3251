/**
 * Reads the body of a request, up to the limit Kubernetes has.
 */
import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge } from '../../../helper/api/status-error';

/** 3 MiB, as in Kubernetes: twice etcd's limit of 1.5 MiB an object. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

const refusal = () => tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);

/** All bytes of the body; throws RequestEntityTooLarge, or BadRequest when the client went away in the middle. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      reject(refusal());
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) {
        req.pause();
        reject(refusal());
      } else chunks.push(chunk);
    });
    req.on('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      if (req.keepsBody) req.keptBody = body;
      resolve(body);
    });
    req.on('error', () => reject(badRequest('the connection ended within the body')));
  });
}

/**
 * Bodies for the audit levels Request and RequestResponse: kept while they pass, and read as objects when the line is written.
 *
 * Only for requests a policy file asks this of. What cannot be read as JSON, YAML or protobuf is left out.
 */
import type { ServerResponse } from 'node:http';

declare module 'node:http' {
  interface IncomingMessage {
    /** set when the audit trail wants the body */
    keepsBody?: boolean;
    /** the body, once it was read; only with `keepsBody` */
    keptBody?: Buffer;
  }
  interface ServerResponse {
    /** set when the audit trail wants the answer: it must then pass through this object, as it is */
    isKept?: boolean;
  }
}

/** Larger answers are left out of the trail. */
const LONGEST_ANSWER_BYTES = 4 * 1024 * 1024;

/** Keeps what is answered from now on; the function returned gives the bytes, undefined when they are too many or compressed. */
export function keepAnswer(res: ServerResponse): () => Buffer | undefined {
  res.isKept = true;
  const chunks: Buffer[] = [];
  let length = 0;
  const keep = (chunk: unknown, encoding: unknown) => {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk), encodingOf(encoding));
    length += bytes.length;
    if (length <= LONGEST_ANSWER_BYTES) chunks.push(bytes);
  };
  const { write, end } = res;
  res.write = ((...given: Parameters<ServerResponse['write']>) => {
    keep(given[0], given[1]);
    return write.apply(res, given);
  }) as ServerResponse['write'];
  res.end = ((...given: Parameters<ServerResponse['end']>) => {
    keep(given[0], given[1]);
    return end.apply(res, given);
  }) as ServerResponse['end'];
  return () => {
    const isReadable = length <= LONGEST_ANSWER_BYTES && !res.getHeader('content-encoding');
    return isReadable ? Buffer.concat(chunks) : undefined;
  };
}

const encodingOf = (encoding: unknown) => (typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');

/** The value a body holds; undefined when there is none or it cannot be read. */
export async function objectOf(
  body: Buffer | undefined,
  contentType: string | undefined,
  omitsManagedFields: boolean,
): Promise<unknown> {
  if (!body || body.length === 0) return undefined;
  try {
    const value = await parsed(body, contentType ?? '');
    return omitsManagedFields ? withoutManagedFields(value) : value;
  } catch {
    return undefined;
  }
}

async function parsed(body: Buffer, contentType: string): Promise<unknown> {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf')) {
    const { decodeKubeProtobuf } = await import('../protobuf/decode-kube-protobuf');
    return decodeKubeProtobuf(body);
  }
  const text = body.toString('utf8');
  if (!contentType.includes('yaml')) return JSON.parse(text);
  const { parse } = await import('yaml');
  return parse(text);
}

interface MaybeObject {
  readonly metadata?: Record<string, unknown>;
  readonly items?: readonly MaybeObject[];
}

function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { metadata, items } = value as MaybeObject;
  if (typeof metadata === 'object' && metadata !== null) delete metadata.managedFields;
  if (Array.isArray(items)) for (const item of items) withoutManagedFields(item);
  return value;
}

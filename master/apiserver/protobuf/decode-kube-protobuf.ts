/**
 * Kubernetes' protobuf bodies: four magic bytes, an envelope that says what is inside, and the object.
 *
 * kubectl's typed commands (`create deployment`, `create token`, `auth can-i`) send these and do not fall back to JSON,
 * so the server must read them; it always answers in JSON, which they accept.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { badRequest, unsupportedMediaType } from '../../../helper/api/status-error';
import type { JsonObject } from '../../../helper/patch/json-object';
import { decodeMessage } from './decode-message';
import { messageOfKind } from './messages';
import { utf8 } from './special-types';
import { readFields } from './wire-reader';

const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** `k8s` and a zero byte. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/** Field numbers of the envelope (runtime.Unknown) and of the type it names. */
const ENVELOPE = { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 };
const TYPE_META = { apiVersion: 1, kind: 2 };

/**
 * The object in its JSON form, apiVersion and kind first. Throws badRequest when the bytes are malformed, and
 * unsupportedMediaType when the kind is none we can read in this form (a custom resource).
 */
export function decodeKubeProtobuf(body: Uint8Array): JsonObject {
  if (!MAGIC.every((byte, index) => body[index] === byte)) {
    throw badRequest(
      `provided data does not appear to be a protobuf message, expected prefix [${MAGIC.map(Number).join(' ')}]`,
    );
  }
  const envelope = fieldsOf(body.subarray(MAGIC.length));
  const typeMeta = fieldsOf(envelope.get(ENVELOPE.typeMeta) ?? new Uint8Array(0));
  const text = (bytes: Uint8Array | undefined) => (bytes ? utf8(bytes) : '');
  const [apiVersion, kind] = [text(typeMeta.get(TYPE_META.apiVersion)), text(typeMeta.get(TYPE_META.kind))];
  if (!kind) throw badRequest("Object 'Kind' is missing in the protobuf envelope");
  requirePlainProtobuf(text(envelope.get(ENVELOPE.contentEncoding)), text(envelope.get(ENVELOPE.contentType)));
  const message = messageOfKind(apiVersion, kind);
  if (!message) {
    throw unsupportedMediaType(
      `kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)} cannot be read as protobuf; send application/json`,
    );
  }
  return { apiVersion, kind, ...decodeMessage(message, envelope.get(ENVELOPE.raw) ?? new Uint8Array(0)) };
}

/** The length-delimited fields of a message by number; the last one of each number counts. */
function fieldsOf(message: Uint8Array): Map<number, Uint8Array> {
  return new Map([...readFields(message)].map(({ number, bytes }) => [number, bytes]));
}

/** The envelope could hold compressed or other content; no client sends that. */
function requirePlainProtobuf(encoding: string, type: string): void {
  if (encoding) throw unsupportedMediaType(`the content encoding ${JSON.stringify(encoding)} is not supported`);
  if (type && type !== PROTOBUF_TYPE)
    throw unsupportedMediaType(`the content type ${JSON.stringify(type)} is not supported`);
}

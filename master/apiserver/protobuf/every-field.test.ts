/**
 * Every field of every message of the stable groups, as Go itself writes it.
 *
 * The fixture was made with the encoder of client-go 0.32, the one inside kubectl, controllers and the official tests: 61 kinds,
 * each field filled with a value of its own where its message comes up first. So the field numbers of our table are
 * compared with a source that is not the table. https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import wireFields from '../../../helper/api/schema/wire-fields.json';
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { decodeKubeProtobuf } from './decode-kube-protobuf';
import { findMessage } from './messages';

interface Recorded {
  /** `apps/v1 Deployment` */
  readonly kind: string;
  /** The body in base64 */
  readonly body: string;
  /** What Go writes for the same object as JSON */
  readonly object: JsonObject;
}

const FIXTURE = join(__dirname, 'fixtures', 'every-field-1.32.json.gz');
const RECORDED = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString('utf8')) as Recorded[];

/** Modules whose kinds client-go knows nothing about: their clients are in other repositories. */
const ELSEWHERE = ['apiextensions/v1', 'apiregistration/v1', 'metrics/v1beta1', 'meta/v1'];

/** Go writes null for an empty time or list that has no `omitempty`; to every reader that is the same as nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}

test.each(RECORDED.map((entry) => [entry.kind, entry] as const))(
  'decodeKubeProtobuf() reads every field of %s as client-go means it',
  (_kind, { body, object }) => {
    expect(decodeKubeProtobuf(Buffer.from(body, 'base64'))).toEqual(withoutNulls(object));
  },
);

test('the recorded bodies name every field the table has', () => {
  const seen = new Set<string>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(collect);
    if (!isJsonObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      seen.add(key);
      collect(inner);
    }
  };
  for (const { object } of RECORDED) collect(object);
  const missing: string[] = [];
  for (const [module, messages] of Object.entries(wireFields)) {
    if (ELSEWHERE.includes(module)) continue;
    for (const name of Object.keys(messages).filter((message) => !message.endsWith('List'))) {
      for (const { name: field, inlined } of findMessage(`${module}.${name}`)?.values() ?? []) {
        if (!inlined && !seen.has(field)) missing.push(`${module}.${name}.${field}`);
      }
    }
  }
  expect(missing).toEqual([]);
});

/**
 * A sample of every kind: the manifests of `yaml_default/`, fit to be made beside what a server has by itself.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Kind, storedAs } from '../../helper/api/kind';
import type { KubeObject } from '../../helper/api/meta';
import { apiVersionOf } from '../../helper/api/resource';

const FOLDER = join(__dirname, '../../yaml_default');

const samples = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')))
  .map((document) => document.toJS() as KubeObject);

/** Kinds whose samples have to be written otherwise before they can be made beside the server's own. */
const ADJUST: Readonly<Record<string, (sample: KubeObject, namespace: string) => void>> = {
  'events.k8s.io/v1 Event'(sample, namespace) {
    const event = sample as unknown as Record<string, unknown>;
    for (const key of Object.keys(event)) if (key.startsWith('deprecated')) delete event[key];
    const reporter = { reportingController: 'example.com/student', reportingInstance: 'x', action: 'Test' };
    Object.assign(event, { ...reporter, eventTime: '2030-01-01T00:00:00.000000Z' });
    (event['regarding'] as { namespace: string }).namespace = namespace;
  },
  'v1 Event'(sample, namespace) {
    (sample as unknown as { involvedObject: { namespace: string } }).involvedObject.namespace = namespace;
  },
};

/** The sample of a kind, in the namespace when it has one; a face of another row shows that row's sample. */
export function sampleOf(kind: Kind, namespace: string): KubeObject {
  const { group, version, kind: name } = storedAs(kind);
  const found = samples.find(
    (object) => object.apiVersion === apiVersionOf({ group, version }) && object.kind === name,
  );
  const sample = structuredClone(found as KubeObject);
  const [shown = sample] = (kind.face?.fromStored([sample]) ?? [sample]) as readonly KubeObject[];
  if (kind.namespaced) shown.metadata.namespace = namespace;
  ADJUST[`${apiVersionOf(kind)} ${kind.kind}`]?.(shown, namespace);
  return shown;
}

/**
 * The node file of this machine, for `run.sh up -f` and `run.sh join -f`: one document, whose name is the node's.
 */
import { readFileSync } from 'node:fs';
import { canonicalName } from './canonical-name';
import { expandTemplate } from './expand-template';
import { FieldReader } from './field-reader';
import { type ManifestContext, manifestPath } from './load-manifests';
import { ManifestError } from './manifest-error';
import { type NodeFile, readNodeFile } from './node';
import { readDocuments } from './read-documents';

/** Throws a ManifestError with file and line. */
export function loadNodeFile(name: string, context: ManifestContext): NodeFile & { readonly nodeName?: string } {
  let text: string;
  try {
    text = readFileSync(manifestPath(name, context), 'utf8');
  } catch (error) {
    throw new ManifestError(name, 0, '', `cannot be read: ${(error as Error).message}`);
  }
  const [document, second] = readDocuments(expandTemplate(text, name, context.env), name);
  if (!document) throw new ManifestError(name, 1, '', 'is empty, expected the fields of a node');
  if (second) throw new ManifestError(name, second.lineOf([]), '', 'a second document, expected one node');
  const fields = FieldReader.of(document);
  const kind = fields.text('kind');
  if (kind !== undefined && kind.toLowerCase() !== 'node')
    throw fields.wrong('kind', `${JSON.stringify(kind)} is no node, expected Node`);
  const given = fields.text('name');
  const nodeName = given === undefined ? undefined : canonicalName(given);
  if (given !== undefined && !nodeName)
    throw fields.wrong('name', `${JSON.stringify(given)} is wrong, expected letters, digits and '-'`);
  return { ...readNodeFile(fields), ...(nodeName ? { nodeName } : {}) };
}

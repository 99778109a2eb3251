/**
 * The lines nearly every description begins with: name, namespace, labels, annotations; and small words all of them share.
 */
import { humanDuration } from '../../../helper/api/age';
import { formatLabelSelector } from '../../../helper/api/label-selector';
import type { KubeObject, LabelSelector } from '../../../helper/api/meta';
import type { DescribeText } from './describe-text';

/** Name, namespace (where there is one), labels, annotations. */
export function describeHead(text: DescribeText, { metadata }: KubeObject): void {
  text.line(0, 'Name:', metadata.name);
  if (metadata.namespace) text.line(0, 'Namespace:', metadata.namespace);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
}

/** `True`, `False`, or `<unset>`. */
export function flagText(value: boolean | undefined): string {
  if (value === undefined) return '<unset>';
  return value ? 'True' : 'False';
}

/** A selector as text; `<none>` for the one that selects everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  return formatLabelSelector(selector) || '<none>';
}

/** `a=b,c=d`; `<none>` when there is nothing. Unlike the Annotations of other kinds, nothing is left out or cut. */
export function inOneLine(entries: Readonly<Record<string, string>> | undefined): string {
  const texts = Object.entries(entries ?? {}).map(([key, value]) => `${key}=${value}`);
  return texts.sort().join(',') || '<none>';
}

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** Access modes of a volume in their short form: `RWO,ROX`. */
export function accessModesText(modes: readonly string[] | undefined): string {
  const given = new Set(modes);
  return Object.entries(SHORT_MODES)
    .filter(([mode]) => given.has(mode))
    .map(([, short]) => short)
    .join(',');
}

/** Its phase, or since when it is being deleted. */
export function phaseText({ metadata }: KubeObject, phase: string | undefined, now: Date): string {
  if (!metadata.deletionTimestamp) return phase ?? '';
  const since = now.getTime() - Date.parse(String(metadata.deletionTimestamp));
  return `Terminating (lasts ${humanDuration(since)})`;
}

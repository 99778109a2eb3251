/**
 * Building blocks of `describe`: lines with tabs, indented by level, aligned at the end.
 */
import { ageOf } from '../../../helper/api/age';
import { LAST_APPLIED } from '../apply/last-applied';
import { alignTabs, DESCRIBE_RULE } from '../print/tab-writer';

/** Letters of an annotation in one line. */
const MAX_ANNOTATION = 140;

export class DescribeText {
  private text = '';

  /** One line; cells are separated by tabs. */
  line(level: number, ...cells: readonly (string | number | boolean)[]): this {
    this.text += `${'  '.repeat(level)}${cells.map((cell) => String(cell).replaceAll('\n', ' ')).join('\t')}\n`;
    return this;
  }

  /** `Label:  value`, or nothing when there is no value. */
  optional(level: number, label: string, value: string | number | boolean | undefined): this {
    return value === undefined || value === '' ? this : this.line(level, `${label}:`, value);
  }

  /** `Labels:  a=b` with further ones below. */
  map(label: string, entries: Readonly<Record<string, string>> | undefined, joiner = '='): this {
    const texts = Object.entries(entries ?? {})
      .filter(([key]) => key !== LAST_APPLIED)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}${joiner}${value}`);
    if (texts.length === 0) return this.line(0, `${label}:`, '<none>');
    // An annotation too long for its line gets lines of its own, cut where they are longer than a screen.
    const isLong = joiner !== '=';
    texts.forEach((text, index) => {
      const colon = text.indexOf(joiner);
      const value = text.slice(colon + joiner.length);
      const first = index === 0 ? `${label}:` : '';
      if (!isLong || (value.length <= MAX_ANNOTATION - text.slice(0, colon).length - 2 && !value.includes('\n'))) {
        this.line(0, first, text);
        return;
      }
      this.line(0, first, text.slice(0, colon + 1));
      for (const piece of value.split('\n'))
        this.line(0, '', `  ${piece.length > MAX_ANNOTATION - 2 ? `${piece.slice(0, MAX_ANNOTATION - 2)}...` : piece}`);
    });
    return this;
  }

  /** `Tokens:  a` with further ones below, or `<none>`. */
  list(label: string, texts: readonly string[]): this {
    this.line(0, `${label}:`, texts[0] ?? '<none>');
    for (const further of texts.slice(1)) this.line(0, '', further);
    return this;
  }

  /** A value that is shown as it is, its line ends too. */
  verbatim(label: string, value: string): this {
    this.text += `${label}:\t${value}\n`;
    return this;
  }

  /** Header, dashes, rows. */
  table(level: number, header: readonly string[], rows: readonly (readonly string[])[]): this {
    this.line(level, ...header).line(level, ...header.map((name) => '-'.repeat(name.length)));
    for (const row of rows) this.line(level, ...row);
    return this;
  }

  /** With its tabs: `rollout history` prints them as they are. */
  renderWithTabs(): string {
    return this.text;
  }

  render(): string {
    return alignTabs(this.text, DESCRIBE_RULE);
  }
}

/** `Mon, 02 Jan 2006 15:04:05 +0000` */
export function timeText(timestamp: string | undefined): string {
  return timestamp ? new Date(timestamp).toUTCString().replace('GMT', '+0000') : '<unset>';
}

export interface DescribedEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
}

/** When an event was last seen, as RFC 3339. */
const lastSeen = (event: DescribedEvent) => event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;

function eventAge(event: DescribedEvent, now: Date): string {
  const age = ageOf(lastSeen(event), now);
  const count = event.count ?? 1;
  return count > 1 && event.firstTimestamp ? `${age} (x${count} over ${ageOf(event.firstTimestamp, now)})` : age;
}

/** The events table at the end of a description, oldest first. */
export function describeEvents(text: DescribeText, events: readonly DescribedEvent[], now: Date): void {
  if (events.length === 0) {
    text.line(0, 'Events:', '<none>');
    return;
  }
  const sorted = [...events].sort((a, b) => ((lastSeen(a) ?? '') < (lastSeen(b) ?? '') ? -1 : 1));
  text.line(0, 'Events:').line(1, 'Type', 'Reason', 'Age', 'From', 'Message');
  text.line(1, '----', '------', '----', '----', '-------');
  for (const event of sorted) {
    const from = event.source?.component || event.reportingComponent || '';
    text.line(1, event.type ?? '', event.reason ?? '', eventAge(event, now), from, (event.message ?? '').trim());
  }
}

/**
 * Families of figures in Prometheus' text format. Pure.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** absent: the time of asking */
  readonly time?: string;
}

const quoted = (text: string) => JSON.stringify(text);

/** '' when there is nothing to tell. */
export function family(name: string, type: 'counter' | 'gauge', help: string, series: readonly Series[]): string {
  const lines = series.map(({ labels, value, time }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${quoted(text)}`);
    const braces = pairs.length > 0 ? `{${pairs.join(',')}}` : '';
    return `${name}${braces} ${value}${time === undefined ? '' : ` ${Date.parse(time)}`}\n`;
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

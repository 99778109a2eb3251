/**
 * A block of our own in a hosts file, between two marks that name the cluster; all other lines stay as they are. Pure.
 */
const begin = (cluster: string) => `# minik8s ${cluster}: hosts of Ingresses, begin`;
const end = (cluster: string) => `# minik8s ${cluster}: hosts of Ingresses, end`;

/** The text with the block for these hosts; without hosts there is no block, and the text is as it was before there was one. */
export function withHostsBlock(
  text: string,
  cluster: string,
  hosts: readonly (readonly [host: string, address: string])[],
): string {
  const lines = text.split('\n');
  const [first, last] = [lines.indexOf(begin(cluster)), lines.indexOf(end(cluster))];
  // A block without its end was cut by somebody: only the mark is ours then.
  const rest = first < 0 ? lines : lines.filter((_, index) => index < first || index > Math.max(first, last));
  if (hosts.length === 0) return rest.join('\n');
  const block = [begin(cluster), ...hosts.map(([host, address]) => `${address}\t${host}`), end(cluster)];
  const body = rest.join('\n');
  return `${body}${body === '' || body.endsWith('\n') ? '' : '\n'}${block.join('\n')}\n`;
}

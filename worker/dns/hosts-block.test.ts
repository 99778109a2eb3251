import { withHostsBlock } from './hosts-block';

const BLOCK = `# minik8s /c: hosts of Ingresses, begin
198.18.0.1\tshop.local
# minik8s /c: hosts of Ingresses, end
`;

describe('withHostsBlock()', () => {
  it.each([
    [
      'adds a block at the end',
      '127.0.0.1 localhost\n',
      [['shop.local', '198.18.0.1']],
      `127.0.0.1 localhost\n${BLOCK}`,
    ],
    [
      'ends an unfinished last line',
      '127.0.0.1 localhost',
      [['shop.local', '198.18.0.1']],
      `127.0.0.1 localhost\n${BLOCK}`,
    ],
    [
      'replaces its block and leaves the rest',
      `${BLOCK.replace('198.18.0.1', '198.18.0.9')}10.0.0.1 x\n`,
      [['shop.local', '198.18.0.1']],
      `10.0.0.1 x\n${BLOCK}`,
    ],
    ['takes the block out', `127.0.0.1 localhost\n${BLOCK}`, [], '127.0.0.1 localhost\n'],
    ['changes nothing without hosts and block', 'a\n\nb', [], 'a\n\nb'],
    ['leaves the block of another cluster', BLOCK.replaceAll('/c:', '/d:'), [], BLOCK.replaceAll('/c:', '/d:')],
    [
      'takes out only the mark of a block that was cut',
      '# minik8s /c: hosts of Ingresses, begin\n10.0.0.1 x\n',
      [],
      '10.0.0.1 x\n',
    ],
  ] as [string, string, [string, string][], string][])('%s', (_, before, hosts, after) => {
    expect(withHostsBlock(before, '/c', hosts)).toBe(after);
  });
});

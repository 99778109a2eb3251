import { alignTabs, DESCRIBE_RULE, TableWriter } from './tab-writer';

describe('TableWriter.render()', () => {
  it('separates columns by three spaces and leaves the last one open', () => {
    const text = new TableWriter().render([
      ['NAME', 'READY', 'AGE'],
      ['web-6d8f', '1/1', '5s'],
      ['a', '0/1', '2m'],
    ]);
    expect(text).toBe(['NAME       READY   AGE', 'web-6d8f   1/1     5s', 'a          0/1     2m', ''].join('\n'));
  });

  it('remembers widths from one call to the next', () => {
    const writer = new TableWriter();
    writer.render([
      ['NAME', 'AGE'],
      ['a-very-long-name', '1s'],
    ]);
    expect(writer.render([['b', '2s']])).toBe('b                  2s\n');
  });
});

describe('alignTabs()', () => {
  it('aligns lines that follow each other and starts anew after a line without the column', () => {
    const text = 'Name:\tweb\nNamespace:\tdefault\nLabels\nA:\tb';
    expect(alignTabs(text, DESCRIBE_RULE)).toBe('Name:       web\nNamespace:  default\nLabels\nA:  b');
  });
});

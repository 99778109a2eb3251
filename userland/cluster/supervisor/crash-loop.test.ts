import { lastWords } from './crash-loop';

const fatal = (message: string) => JSON.stringify({ level: 'fatal', component: 'kubelet', err: { message } });

describe('lastWords()', () => {
  test.each<[string, string, string | undefined]>([
    [
      'takes the last fatal line',
      [fatal('first'), fatal('second'), '{"level":"info","msg":"x"}', ''].join('\n'),
      'second',
    ],
    ['takes the message of a line without an error', '{"level":"fatal","msg":"no port"}\n', 'no port'],
    ['passes over a line that was cut', `5Z","level":"fatal","err":{}}\n`, undefined],
    ['has nothing to say of a log without one', '{"level":"info","msg":"x"}\nplain text', undefined],
  ])('%s', (_, log, expected) => {
    expect(lastWords(log)).toBe(expected);
  });
});

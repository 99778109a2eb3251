/**
 * What `-v` shows of requests.
 */
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verbosity } from './flags';
import { logRequests, requestLines } from './request-log';

const ASKED = {
  url: 'https://lab:6443/api',
  method: 'GET',
  headers: { accept: 'application/json', authorization: 'Bearer x' },
};
const ANSWER = { statusCode: 200, statusMessage: 'OK', headers: { 'content-type': 'application/json' } };

test.each([
  [5, []],
  [6, ['GET https://lab:6443/api 200 OK in 3 milliseconds']],
  [
    8,
    [
      'GET https://lab:6443/api',
      'Request Headers:',
      '    accept: application/json',
      '    authorization: <masked>',
      'Response Status: 200 OK in 3 milliseconds',
      'Response Headers:',
      '    content-type: application/json',
    ],
  ],
])('requestLines() at level %i', (level, lines) => {
  expect(requestLines(level, ASKED, ANSWER, 3.2)).toEqual(lines);
});

test('logRequests() writes a line for every request until it is ended', async () => {
  const server = createServer((_request, response) => response.end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = () =>
    new Promise((resolve) =>
      get({ port, host: '127.0.0.1', path: '/api' }, (answer) => answer.resume().on('end', resolve)),
    );
  let text = '';
  const end = logRequests(6, (line) => {
    text += line;
  });
  await ask();
  end();
  await ask();
  server.close();
  expect(text).toMatch(
    /^I\d{4} [\d:.]{15} +\d+ round_trippers\.go:560\] GET http:\/\/127\.0\.0\.1:\d+\/api 200 OK in \d+ milliseconds\n$/,
  );
});

test('verbosity() reads -v=6 and refuses what is no number', () => {
  expect([verbosity('6'), verbosity('=8')]).toEqual([6, 8]);
  expect(() => verbosity('loud')).toThrow('strconv.ParseInt: parsing "loud": invalid syntax');
});

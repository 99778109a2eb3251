import { initialState, nextState } from './probe-threshold';
import { resolvePort } from './resolve-port';

const thresholds = { successThreshold: 2, failureThreshold: 3 };

test.each([
  ['nothing yet', false, '', false],
  ['one success of two', false, '+', false],
  ['two in a row', false, '++', true],
  ['an interrupted row', false, '+-+', false],
  ['two failures of three', true, '--', true],
  ['three failures', true, '---', false],
  ['failures with a success between', true, '--+--', true],
  ['recovery', true, '---++', true],
])('nextState() after %s', (_, start, results, expected) => {
  let state = initialState(start);
  for (const result of results) state = nextState(state, result === '+', thresholds);
  expect(state.isSuccess).toBe(expected);
});

test('resolvePort() takes numbers and the names of ports', () => {
  const container = { name: 'a', ports: [{ name: 'http', containerPort: 8080 }] };
  expect(resolvePort(container, 80)).toBe(80);
  expect(resolvePort(container, 'http')).toBe(8080);
  expect(() => resolvePort(container, 'grpc')).toThrow(`couldn't find port: "grpc" for container a`);
});

/** The pure parts of exec, attach and port forwarding: sizes, outcomes, messages, negotiation. */
import type { IncomingMessage } from 'node:http';
import { spdyProtocol, wantsSpdy, websocketProtocol } from './negotiate';
import { exitOutcome, failureOutcome, outcomeBytes, SUCCESS } from './outcome';
import { wantedStreams } from './stream-server';
import { SizeReader } from './terminal-size';
import { decodeMessage, encodeMessage } from './websocket-channels';

describe('SizeReader', () => {
  const size = (columns: number, rows: number) => ({ columns, rows });

  test.each<[string, string[], object[]]>([
    ['an object a message', ['{"Width":80,"Height":24}'], [size(80, 24)]],
    ['an object cut in two', ['{"Width":80,"He', 'ight":24}\n'], [size(80, 24)]],
    ['two objects at once', ['{"Width":80,"Height":24}\n{"Width":81,"Height":25}\n'], [size(80, 24), size(81, 25)]],
    ['what is no size', ['{"Width":"80"}', '{', '}', '{"Width":1,"Height":2}'], [size(1, 2)]],
  ])('push() reads %s', (_, chunks, expected) => {
    const reader = new SizeReader();
    expect(chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)))).toEqual(expected);
  });
});

describe('outcomeBytes()', () => {
  test('is a Status since v4, success included', () => {
    expect(JSON.parse(outcomeBytes(SUCCESS, true).toString())).toEqual({ metadata: {}, status: 'Success' });
    expect(JSON.parse(outcomeBytes(exitOutcome(3, ['sh']), true).toString())).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });
  test('was a text before, and nothing on success', () => {
    expect(outcomeBytes(SUCCESS, false)).toHaveLength(0);
    expect(outcomeBytes(failureOutcome(new Error('no such container')), false).toString()).toBe('no such container');
  });
});

describe('messages', () => {
  test.each([
    [false, Buffer.from('\u0001out')],
    [true, Buffer.from('1b3V0')],
  ])('encodeMessage() and decodeMessage() agree (base64: %s)', (isBase64, wire) => {
    expect(Buffer.from(encodeMessage(isBase64, 1, Buffer.from('out')))).toEqual(wire);
    expect(decodeMessage(isBase64, wire)).toEqual({ channel: 1, payload: Buffer.from('out') });
  });
  test('decodeMessage() finds nothing in an empty message', () => {
    expect(decodeMessage(false, Buffer.alloc(0))).toBeUndefined();
  });
});

describe('negotiation', () => {
  const asked = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;
  const supported = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

  test('websocketProtocol() takes the first offer we speak, and no offer at all', () => {
    expect(websocketProtocol(asked({ 'sec-websocket-protocol': 'v9.x, v4.channel.k8s.io' }), supported)).toBe(
      'v4.channel.k8s.io',
    );
    expect(websocketProtocol(asked({}), supported)).toBe('');
    expect(() => websocketProtocol(asked({ 'sec-websocket-protocol': 'v9.x' }), supported)).toThrow(
      'client supports [v9.x], server supports [v5.channel.k8s.io, v4.channel.k8s.io]',
    );
  });
  test('spdyProtocol() reads its own header', () => {
    expect(spdyProtocol(asked({ 'x-stream-protocol-version': 'v4.channel.k8s.io' }), supported)).toBe(
      'v4.channel.k8s.io',
    );
  });
  test('wantsSpdy() refuses what is neither', () => {
    expect(wantsSpdy(asked({ upgrade: 'SPDY/3.1' }))).toBe(true);
    expect(wantsSpdy(asked({ upgrade: 'websocket' }))).toBe(false);
    expect(() => wantsSpdy(asked({ upgrade: 'h2c' }))).toThrow('unable to upgrade');
  });
});

describe('wantedStreams()', () => {
  test.each<[string, object]>([
    // The Python client writes them this way.
    ['stdin=False&stdout=True&stderr=True&tty=False', { stdin: false, stdout: true, stderr: true, tty: false }],
    ['stdin=true&stdout=true&tty=true&stderr=true', { stdin: true, stdout: true, stderr: false, tty: true }],
    ['output=1&error=1', { stdin: false, stdout: true, stderr: true, tty: false }],
  ])('reads %s', (query, expected) => {
    expect(wantedStreams(new URLSearchParams(query))).toEqual(expected);
  });
  test('wants at least one', () => {
    expect(() => wantedStreams(new URLSearchParams('tty=true'))).toThrow('at least 1 of stdin, stdout, stderr');
  });
});

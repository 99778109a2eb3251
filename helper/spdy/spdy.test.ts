/** SPDY/3.1 over a pair of sockets: headers as real clients compress them, streams, ends, resets, back-pressure. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { deflateSync } from 'node:zlib';
import { until } from '../process/until';
import { SpdyTestClient } from './client.fixture';
import { DICTIONARY } from './dictionary';
import { controlFrame, dataFrame, FLAG_FIN, FRAME, FrameReader, idBody } from './frames';
import { HeaderReader, HeaderWriter } from './header-block';
import { SpdySession, type SpdyStream } from './session';

jest.setTimeout(30_000);

test('DICTIONARY is the one every client has', () => {
  const id = deflateSync('', { dictionary: DICTIONARY }).readUInt32BE(2);
  expect([DICTIONARY.length, id]).toEqual([1423, 0xe3c6a7c2]);
});

describe('header blocks', () => {
  test('HeaderReader reads what HeaderWriter wrote, block after block', () => {
    const writer = new HeaderWriter();
    const reader = new HeaderReader();
    for (const headers of [{ streamtype: 'data', port: '80' }, {}, { streamtype: 'data', port: '81' }]) {
      const map = new Map(Object.entries(headers) as [string, string][]);
      expect(reader.read(writer.write(map))).toEqual(map);
    }
  });
  test('HeaderReader throws at what is no block', () => {
    expect(() => new HeaderReader().read(Buffer.from('nonsense'))).toThrow();
  });
});

describe('FrameReader', () => {
  const bytes = Buffer.concat([
    controlFrame(FRAME.ping, 0, idBody(7)),
    dataFrame(1, 0, Buffer.from('hello')),
    dataFrame(1, FLAG_FIN, Buffer.alloc(0)),
  ]);

  test.each([1, 3, 8, 1000])('push() finds the same frames in pieces of %d bytes', (size) => {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size) frames.push(...reader.push(bytes.subarray(at, at + size)));
    expect(frames[0]).toMatchObject({ kind: 'control', type: FRAME.ping });
    const pieces = frames.flatMap((frame) => (frame.kind === 'data' ? [frame] : []));
    expect(Buffer.concat(pieces.map(({ payload }) => payload)).toString()).toBe('hello');
    expect(pieces.map(({ isLast }) => isLast).lastIndexOf(true)).toBe(pieces.length - 1);
    expect(pieces.filter(({ isLast }) => isLast)).toHaveLength(1);
  });
  test('push() refuses another version and endless control frames', () => {
    expect(() => new FrameReader().push(Buffer.from('8002000100000000', 'hex'))).toThrow('version 3');
    expect(() => new FrameReader().push(Buffer.from('8003000100ffffff', 'hex'))).toThrow('too long');
  });
});

describe('SpdySession', () => {
  let listener: Server;
  let client: SpdyTestClient;
  let session: SpdySession;
  let streams: SpdyStream[];

  beforeEach(async () => {
    streams = [];
    const accepted = new Promise<Socket>((resolve) => {
      listener = createServer({ allowHalfOpen: true }, resolve);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    client = new SpdyTestClient(connect({ port: (listener.address() as AddressInfo).port, host: '127.0.0.1' }));
    session = new SpdySession(await accepted, (stream) => streams.push(stream));
  });
  afterEach(() => {
    client.socket.destroy();
    session.close();
    listener.close();
  });

  test('gives a stream for every one the client opens, with its headers, and both directions flow', async () => {
    const id = await client.open({ streamtype: 'data', port: '80' });
    client.write(id, 'question');
    client.end(id);
    await until(() => streams.length === 1);
    const [stream] = streams;
    expect([...(stream?.headers ?? [])]).toEqual([
      ['streamtype', 'data'],
      ['port', '80'],
    ]);
    let question = '';
    stream?.on('data', (chunk: Buffer) => {
      question += chunk;
    });
    await until(() => stream?.readableEnded === true);
    expect(question).toBe('question');
    stream?.end('answer');
    await until(() => client.ended.has(id));
    expect(client.text.get(id)).toBe('answer');
    expect(client.controls.map(({ type }) => type)).toEqual([FRAME.synReply]);
  });

  test('open() opens streams of our own, with headers and both directions, as a client does', async () => {
    session.close();
    const pair = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => pair.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<Socket>((resolve) => pair.once('connection', resolve));
    const near = new SpdySession(
      connect({ port: (pair.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true }),
      (stream) => stream.destroy(),
    );
    new SpdySession(await accepted, (stream) => {
      stream.end(`${stream.headers.get('port')}: `);
      stream.resume();
    });
    const answers: string[] = [];
    for (const port of ['80', '81']) {
      const stream = near.open(new Map([['port', port]]));
      stream.on('data', (chunk: Buffer) => answers.push(chunk.toString()));
      stream.end('question');
    }
    await until(() => answers.length === 2);
    expect(answers).toEqual(['80: ', '81: ']);
    near.close();
    pair.close();
  });

  test('answers pings', async () => {
    client.socket.write(controlFrame(FRAME.ping, 0, idBody(9)));
    await until(() => client.controls.length === 1);
    expect(client.controls[0]).toMatchObject({ type: FRAME.ping, body: idBody(9) });
  });

  test('resets a stream that is destroyed, and destroys one that is reset', async () => {
    const [first, second] = [await client.open({ a: '1' }), await client.open({ a: '2' })];
    await until(() => streams.length === 2);
    streams[0]?.destroy();
    client.socket.write(controlFrame(FRAME.rstStream, 0, idBody(second, 5)));
    await until(() => streams[1]?.destroyed === true);
    const resets = client.controls.filter(({ type }) => type === FRAME.rstStream);
    expect(resets.map(({ body }) => body.readUInt32BE(0))).toEqual([first]);
  });

  test('does not read on while a stream is not read', async () => {
    const id = await client.open({ a: '1' });
    const total = 8 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < total; sent += chunk.length) client.write(id, chunk);
    await until(() => (streams[0]?.readableLength ?? 0) > 0);
    const held = streams[0]?.readableLength ?? 0;
    expect(held).toBeLessThan(1024 * 1024);
    let seen = 0;
    streams[0]?.on('data', (piece: Buffer) => {
      seen += piece.length;
    });
    await until(() => seen === total);
  });

  test('ends the connection of a client that does not speak SPDY', async () => {
    let isGone = false;
    session.onGone(() => {
      isGone = true;
    });
    client.socket.write('GET / HTTP/1.1\r\n\r\n'.padEnd(64, '\xff'), 'latin1');
    client.socket.write(Buffer.alloc(1 << 16, 0xff));
    client.socket.end();
    await until(() => isGone);
  });

  test('destroys its streams when the client is gone', async () => {
    await client.open({ a: '1' });
    await until(() => streams.length === 1);
    client.socket.destroy();
    await until(() => streams[0]?.destroyed === true);
  });
});

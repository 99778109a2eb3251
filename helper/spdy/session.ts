/**
 * One end of a SPDY/3.1 connection: streams, each a Duplex. The kubelet takes the streams a client opens; kubectl's port-forward opens them.
 *
 * SPDY has flow control per stream, but Kubernetes' clients never send window updates, so as in Kubernetes it is TCP that slows the
 * sender: when the reader of one stream is behind, the connection is not read until it has caught up. Nothing here pushes streams.
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
import { Duplex } from 'node:stream';
import { type ControlFrame, controlFrame, dataFrame, FLAG_FIN, FRAME, FrameReader, idBody } from './frames';
import { HeaderReader, type Headers, HeaderWriter } from './header-block';

/** Streams open at once; a client that wants more is refused the stream. */
const MAX_STREAMS = 1000;
const STREAM_BUFFER_BYTES = 256 * 1024;
const RST = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;
/** associated stream and priority, before the header block of SYN_STREAM */
const SYN_STREAM_PREFIX_BYTES = 10;
const ID_BYTES = 4;

/** One stream: reads what the other side writes; `end()` ends our half, `destroy()` resets it. */
export class SpdyStream extends Duplex {
  isEndedByPeer = false;
  isResetByPeer = false;

  constructor(
    readonly id: number,
    readonly headers: Headers,
    private readonly session: Pick<SpdySession, 'send' | 'resume' | 'forget'>,
  ) {
    super({ highWaterMark: STREAM_BUFFER_BYTES, autoDestroy: true });
  }

  override _read(): void {
    this.session.resume(this.id);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.session.send(dataFrame(this.id, 0, chunk), done);
  }

  override _final(done: () => void): void {
    this.session.send(dataFrame(this.id, FLAG_FIN, Buffer.alloc(0)), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.isResetByPeer || (this.isEndedByPeer && this.writableFinished);
    if (!isOver) this.session.send(controlFrame(FRAME.rstStream, 0, idBody(this.id, RST.cancel)), () => undefined);
    this.session.forget(this.id);
    done(error);
  }
}

export class SpdySession {
  private readonly frames = new FrameReader();
  private readonly headersIn = new HeaderReader();
  private readonly headersOut = new HeaderWriter();
  private readonly streams = new Map<number, SpdyStream>();
  /** streams whose reader is behind */
  private readonly full = new Set<number>();
  private isClosed = false;
  /** the client's side numbers its streams oddly */
  private nextId = 1;

  /**
   * Begins to read `socket`. `onStream` is called for every stream the other side opens, after it was accepted. `endsQuietly`: the other
   * side resets its streams when all is said, so what came before is read to its end.
   */
  constructor(
    private readonly socket: Duplex,
    private readonly onStream: (stream: SpdyStream) => void,
    private readonly options: { readonly endsQuietly?: boolean } = {},
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('end', () => this.close());
    socket.once('close', () => this.onClosed());
  }

  /** Called once, when the connection is gone. */
  onGone(listener: () => void): void {
    this.socket.once('close', listener);
  }

  /** Opens a stream of ours, as a client does; it can be written to at once. A refusal shows as a stream that is destroyed. */
  open(headers: Headers): SpdyStream {
    const id = this.nextId;
    this.nextId += 2;
    const stream = new SpdyStream(id, headers, this);
    stream.on('error', () => undefined);
    this.streams.set(id, stream);
    const body = Buffer.concat([Buffer.alloc(SYN_STREAM_PREFIX_BYTES - ID_BYTES), this.headersOut.write(headers)]);
    this.send(controlFrame(FRAME.synStream, 0, idBody(id, body)), () => undefined);
    return stream;
  }

  /** Says goodbye and ends the connection once all that was written is out. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket.write(controlFrame(FRAME.goAway, 0, idBody(0, 0)));
    this.socket.end();
    // Nothing more is wanted of the client, but its end of the connection must be seen.
    this.full.clear();
    this.socket.resume();
  }

  /** Writes a frame; `done` when the connection has taken it, or is gone. */
  send(frame: Buffer, done: () => void): void {
    if (this.isClosed || this.socket.destroyed || !this.socket.writable) done();
    else this.socket.write(frame, () => done());
  }

  resume(id: number): void {
    if (this.full.delete(id) && this.full.size === 0) this.socket.resume();
  }

  forget(id: number): void {
    this.streams.delete(id);
    this.resume(id);
  }

  private receive(chunk: Buffer): void {
    if (this.isClosed) return;
    try {
      for (const frame of this.frames.push(chunk)) {
        if (frame.kind === 'control') this.onControl(frame);
        else this.onData(frame.streamId, frame.payload, frame.isLast);
      }
    } catch (error) {
      // What is no SPDY/3, or no header block, leaves nothing to go on with.
      this.socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private onControl({ type, flags, body }: ControlFrame): void {
    if (type === FRAME.synStream) this.onSynStream(flags, body);
    else if (type === FRAME.ping) this.send(controlFrame(FRAME.ping, 0, body), () => undefined);
    else if (type === FRAME.goAway) this.onGoAway();
    else if (type === FRAME.rstStream) this.onReset(body.readUInt32BE(0));
    // Headers are part of the compressed sequence even where nobody asks for them.
    else if (type === FRAME.headers || type === FRAME.synReply) this.headersIn.read(body.subarray(4));
    // SETTINGS and WINDOW_UPDATE only tune flow control.
  }

  private onSynStream(flags: number, body: Buffer): void {
    const id = body.readUInt32BE(0) & 0x7fff_ffff;
    const headers = this.headersIn.read(body.subarray(SYN_STREAM_PREFIX_BYTES));
    if (this.streams.has(id) || this.streams.size >= MAX_STREAMS) {
      this.send(controlFrame(FRAME.rstStream, 0, idBody(id, RST.refusedStream)), () => undefined);
      return;
    }
    const stream = new SpdyStream(id, headers, this);
    stream.on('error', () => undefined);
    this.streams.set(id, stream);
    this.send(controlFrame(FRAME.synReply, 0, idBody(id, this.headersOut.write(new Map()))), () => undefined);
    if ((flags & FLAG_FIN) !== 0) this.endOf(stream);
    this.onStream(stream);
  }

  private onData(id: number, payload: Buffer, isLast: boolean): void {
    const stream = this.streams.get(id);
    // Data for a stream we have reset meanwhile.
    if (!stream || stream.isEndedByPeer) return;
    if (payload.length > 0 && !stream.push(payload)) {
      this.full.add(id);
      this.socket.pause();
    }
    if (isLast) this.endOf(stream);
  }

  private endOf(stream: SpdyStream): void {
    stream.isEndedByPeer = true;
    stream.push(null);
  }

  private onReset(id: number): void {
    const stream = this.streams.get(id);
    if (!stream) return;
    stream.isResetByPeer = true;
    this.over(stream);
  }

  /** The other side says no more on this stream. */
  private over(stream: SpdyStream): void {
    if (!this.options.endsQuietly) {
      stream.destroy();
      return;
    }
    if (!stream.isEndedByPeer) this.endOf(stream);
    stream.end();
  }

  /** The client opens no more streams; those that are open go on. */
  private onGoAway(): void {
    if (this.streams.size === 0) this.close();
  }

  private onClosed(): void {
    this.isClosed = true;
    for (const stream of [...this.streams.values()]) this.over(stream);
  }
}

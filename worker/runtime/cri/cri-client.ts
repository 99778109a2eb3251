/**
 * Calls to a container runtime over gRPC on a unix socket, each bounded in time, its failure translated once.
 *
 * The messages are described in `runtime.proto`, which is read when the client is made; the two gRPC packages are loaded then and
 * not before, so that only a node with such a runtime pays for them. Nothing is retried: the kubelet's own loop comes back.
 * https://grpc.io/docs/guides/status-codes/
 */
import { join } from 'node:path';
import type { Client, MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { RuntimeError, type RuntimeErrorReason } from '../runtime';
import type { CriCalls, CriEvent } from './cri-api';

/** Longest any short call may take; a runtime under load takes seconds. */
export const CALL_LIMIT_MS = 30_000;
/** A list of a few thousand containers with their labels is longer than gRPC's usual 4 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const STATUS = { cancelled: 1, deadlineExceeded: 4, notFound: 5, unimplemented: 12, unavailable: 14 } as const;

/** Where the description of the messages lies in an installation. */
export function protoFileOf(projectRoot: string): string {
  return join(projectRoot, 'worker', 'runtime', 'cri', 'runtime.proto');
}

/** gRPC's words without their number: `5 NOT_FOUND: no such container` is "no such container". */
function messageOf(error: unknown): string {
  const { details, message } = error as Partial<ServiceError>;
  return (details || message || String(error)).trim();
}

export function isNotFound(error: unknown): boolean {
  const cause = error instanceof RuntimeError ? (error.cause ?? error) : error;
  return (cause as Partial<ServiceError>).code === STATUS.notFound || /\bnot found\b/i.test(messageOf(cause));
}

export function isUnimplemented(error: unknown): boolean {
  return (error as Partial<ServiceError> | undefined)?.code === STATUS.unimplemented;
}

function translate(what: string, reason: RuntimeErrorReason, error: unknown, limitMs: number): RuntimeError {
  const { code } = error as Partial<ServiceError>;
  if (code === STATUS.deadlineExceeded) {
    const text = `the container runtime did not answer within ${limitMs / 1000} s: ${what}`;
    return new RuntimeError('RuntimeUnavailable', text, { cause: error });
  }
  if (code === STATUS.unavailable || code === STATUS.cancelled) {
    const text = `the container runtime cannot be reached: ${what}: ${messageOf(error)}`;
    return new RuntimeError('RuntimeUnavailable', text, { cause: error });
  }
  return new RuntimeError(reason, messageOf(error), { cause: error });
}

type Methods = Readonly<Record<string, MethodDefinition<object, object>>>;

export class CriClient {
  private constructor(
    private readonly channel: Client,
    private readonly methods: Methods,
  ) {}

  /** `endpoint`: `unix:///path`. Does not wait for the runtime: one that is down is RuntimeUnavailable at the first call. */
  static async open(endpoint: string, protoFile: string): Promise<CriClient> {
    const [{ Client: GrpcClient, credentials }, { loadSync }] = await Promise.all([
      import('@grpc/grpc-js'),
      import('@grpc/proto-loader'),
    ]);
    const described = loadSync(protoFile, { longs: Number, enums: String, defaults: true });
    const methods = { ...described['runtime.v1.RuntimeService'], ...described['runtime.v1.ImageService'] } as Methods;
    const channel = new GrpcClient(endpoint, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      // The socket is no address anybody should be told.
      'grpc.default_authority': 'localhost',
    });
    return new CriClient(channel, methods);
  }

  /** One call. `reason` is what a refusal means here; a runtime that does not answer in time is always RuntimeUnavailable. */
  call<M extends keyof CriCalls>(
    name: M,
    request: CriCalls[M][0],
    reason: RuntimeErrorReason = 'RuntimeUnavailable',
    limitMs = CALL_LIMIT_MS,
  ): Promise<CriCalls[M][1]> {
    const { path, requestSerialize, responseDeserialize } = this.method(name);
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + limitMs;
      this.channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error, answer) =>
          error ? reject(translate(name, reason, error, limitMs)) : resolve(answer as CriCalls[M][1]),
      );
    });
  }

  /** Calls back with every event; `onEnd` once, with the reason, when there are no more. Returns how to stop. */
  events(onEvent: (event: CriEvent) => void, onEnd: (error: unknown) => void): () => void {
    const { path, requestSerialize, responseDeserialize } = this.method('GetContainerEvents');
    const stream = this.channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    let hasEnded = false;
    const end = (error?: unknown) => {
      if (hasEnded) return;
      hasEnded = true;
      onEnd(error);
    };
    stream.on('data', (event: CriEvent) => onEvent(event));
    stream.on('error', end);
    stream.on('end', end);
    return () => {
      hasEnded = true;
      stream.cancel();
    };
  }

  close(): void {
    this.channel.close();
  }

  private method(name: string): MethodDefinition<object, object> {
    const method = this.methods[name];
    if (!method) throw new Error(`runtime.proto has no call "${name}"`);
    return method;
  }
}

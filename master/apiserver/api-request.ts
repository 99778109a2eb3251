/**
 * One resource request on its way through the api-server: what every handler in `rest/` is handed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kind } from '../../helper/api/kind';
import type { User } from './auth/user';
import type { Registry } from './registry';
import type { RequestInfo } from './request-info';
import type { RequestTrace } from './request-trace';
import type { ServerServices } from './server-services';
import type { WatchCache } from './watch/watch-cache';

export interface ApiRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly info: RequestInfo;
  readonly user: User;
  readonly kind: Kind;
  readonly cache: WatchCache;
  readonly registry: Registry;
  readonly services: ServerServices;
  readonly trace: RequestTrace;
  /** texts for `Warning:` headers, gathered on the way */
  readonly warnings: string[];
}

/** Answers a request, at once or later; throws a StatusError (or anything, which is a 500). */
export type Handler = (request: ApiRequest) => void | Promise<void>;

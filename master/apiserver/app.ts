/**
 * The Express application: everything that is not an object of a kind. Health, metrics, version, discovery, OpenAPI, and the 404
 * for the rest.
 *
 * Loaded when first needed: nothing on the way of an object passes here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { unknownPath } from '../../helper/api/status-error';
import { METRICS_CONTENT_TYPE } from '../../helper/process/metrics';
import type { ServedApis } from './aggregation/served-apis';
import { issuerRouter } from './auth/issuer-router';
import type { ServiceAccountTokens } from './auth/service-account-tokens';
import { discoveryRouter } from './discovery/discovery-router';
import { type HealthChecks, healthRouter } from './health';
import type { Registry } from './registry';
import { sendError } from './rest/error-response';

/** What the application shows. */
export interface AppParts {
  readonly registry: Registry;
  /** what discovery shows */
  readonly served: ServedApis;
  readonly checks: HealthChecks;
  renderMetrics(): Promise<string>;
  readonly tokens: ServiceAccountTokens;
}

/** The application for these kinds and checks, as a plain request listener. */
export function createApp({
  registry,
  served,
  checks,
  renderMetrics,
  tokens,
}: AppParts): (req: IncomingMessage, res: ServerResponse) => void {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(healthRouter(checks));
  app.get('/metrics', async (_request, response) => {
    response.type(METRICS_CONTENT_TYPE).send(await renderMetrics());
  });
  const { nodeIp, portBase } = registry.settings;
  app.use(issuerRouter(tokens, `https://${nodeIp}:${portBase}`));
  app.use(discoveryRouter(served));
  app.use(() => {
    throw unknownPath();
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    sendError(request, response, error, registry.log);
  });
  return app;
}

/**
 * `/healthz`, `/livez` and `/readyz`, with `?verbose` and each check at a path of its own (`/readyz/store`).
 *
 * Live means the process answers; ready means it can serve: store reachable, caches filled, not shutting down.
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import { Router } from 'express';

/** Names and checks; a check resolves with what is wrong, or undefined. */
export type HealthChecks = ReadonlyMap<string, () => Promise<string | undefined> | string | undefined>;

/** How long a check may take before it counts as failed. */
const CHECK_TIMEOUT_MS = 2_000;
const LIVE_CHECKS = new Set(['ping']);
const TEXT = 'text/plain; charset=utf-8';

async function outcome(check: () => Promise<string | undefined> | string | undefined): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

async function answer(name: string, checks: HealthChecks, excluded: ReadonlySet<string>, verbose: boolean) {
  const chosen = [...checks].filter(([check]) => !excluded.has(check));
  const results = await Promise.all(chosen.map(async ([check, run]) => ({ check, problem: await outcome(run) })));
  const isOk = results.every(({ problem }) => problem === undefined);
  if (isOk && !verbose) return { code: 200, text: 'ok' };
  const lines = results.map(({ check, problem }) =>
    problem === undefined ? `[+]${check} ok` : `[-]${check} failed: ${problem}`,
  );
  return { code: isOk ? 200 : 500, text: [...lines, `${name} check ${isOk ? 'passed' : 'failed'}`, ''].join('\n') };
}

/** The routes of health. */
export function healthRouter(checks: HealthChecks): Router {
  const router = Router();
  const live: HealthChecks = new Map([...checks].filter(([name]) => LIVE_CHECKS.has(name)));
  const endpoints = { healthz: checks, livez: live, readyz: checks };
  for (const [name, chosen] of Object.entries(endpoints)) {
    router.get(`/${name}`, async (request, response) => {
      const excluded = new Set([request.query.exclude ?? []].flat().map(String));
      const { code, text } = await answer(name, chosen, excluded, request.query.verbose !== undefined);
      response.status(code).type(TEXT).send(text);
    });
    router.get(`/${name}/:check`, async (request, response, next) => {
      const check = chosen.get(request.params.check);
      if (!check) return next();
      const problem = await outcome(check);
      response.status(problem === undefined ? 200 : 500).type(TEXT);
      response.send(problem === undefined ? 'ok' : `internal server error: ${problem}\n`);
    });
  }
  return router;
}

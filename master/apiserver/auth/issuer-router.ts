/**
 * What others need to check ServiceAccount tokens without asking this server each time: who issues them, and the public keys.
 *
 * ServiceAccounts may read it (role system:service-account-issuer-discovery); an administrator may open it to everybody.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
import { Router } from 'express';
import type { ServiceAccountTokens } from './service-account-tokens';

const KEYS_PATH = '/openid/v1/jwks';
/** Keys hardly ever change; as Kubernetes says it. */
const CACHE_CONTROL = 'public, max-age=3600';

/** The two documents; `serverUrl` is where the keys are said to be. */
export function issuerRouter(tokens: Pick<ServiceAccountTokens, 'issuer' | 'publicKeys'>, serverUrl: string): Router {
  const router = Router();
  const configuration = {
    issuer: tokens.issuer,
    jwks_uri: `${serverUrl}${KEYS_PATH}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
  router.get('/.well-known/openid-configuration', (_request, response) => {
    response.set('Cache-Control', CACHE_CONTROL).type('application/json').send(JSON.stringify(configuration));
  });
  router.get(KEYS_PATH, (_request, response) => {
    const keys = JSON.stringify(tokens.publicKeys());
    response.set('Cache-Control', CACHE_CONTROL).type('application/jwk-set+json').send(keys);
  });
  return router;
}

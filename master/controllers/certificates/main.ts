/**
 * The certificate controller as a component: approves what nodes ask for themselves, signs what was approved, clears away the rest;
 * and sees to bootstrap tokens.
 *
 * It holds the CA's key; nobody else needs it after the start.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateSigningRequest,
  certificateSigningRequestResource,
} from '../../../helper/api/certificates/certificate-signing-request';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { type ControllerSpec, EMPTY_PLAN } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import { openAuthority } from '../../../helper/pki/certificate-authority';
import type { Component } from '../../../helper/process/component';
import { approve, type CertificateTools, sign } from './decide-request';
import { nextStep } from './next-step';
import { keepTokens } from './token-keeper';

function certificateController(tools: CertificateTools): ControllerSpec<CertificateSigningRequest> {
  return {
    name: 'certificate-controller',
    primary: certificateSigningRequestResource,
    watches: [],
    async plan(request, _key, _view, now) {
      if (!request) return EMPTY_PLAN;
      const { step, againMs } = nextStep(request, now);
      const again = { requeueAfterMs: againMs };
      if (step === 'sign') return { steps: [[await sign(request, tools, now)]], ...again };
      if (step === 'consider approval') {
        const write = await approve(request, tools);
        return { steps: write ? [[write]] : [], ...again };
      }
      if (step === 'wait') return { steps: [], ...again };
      return { steps: [[{ verb: 'delete', resource: certificateSigningRequestResource, object: request }]] };
    },
  };
}

export const component: Component = oneActs({
  name: 'certificate-controller',
  summary: 'signs approved certificate requests, keeps bootstrap tokens',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'certificate-controller' });
    const pki = (file: string) => readFileSync(join(settings.home, 'pki', file), 'utf8');
    const authority = openAuthority({ certificate: pki('ca.crt'), key: pki('ca.key') });
    const controllers = runControllers(
      [certificateController({ client, authority, longestSeconds: settings.clusterSigningSeconds })],
      { client, log },
    );
    const tokens = keepTokens(client, log);
    addReadyCheck('informers', controllers.readyCheck);
    return {
      async stop() {
        await tokens.stop();
        await controllers.stop();
      },
    };
  },
});

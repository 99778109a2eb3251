/**
 * Where this machine has Kubernetes' own kubectl: the judge of whether our API is what it should be.
 */
import { execFileSync } from 'node:child_process';

/** kubectl 1.32 where it can be named (Google's dispatcher on PATH carries versioned binaries beside it), else the one on PATH. */
export const KUBECTL = ['/usr/lib/google-cloud-sdk/bin/kubectl.1.32', 'kubectl'].find((name) => {
  try {
    execFileSync(name, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

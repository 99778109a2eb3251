/**
 * How the command line reaches the API: as the admin of `$MINIK8S_HOME/admin.kubeconfig`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RestClient } from '../../helper/client/rest-client';
import type { Settings } from '../../helper/process/settings';
import { UserError } from './run-command';

export async function adminClient(settings: Settings): Promise<RestClient> {
  const path = join(settings.home, 'admin.kubeconfig');
  if (!existsSync(path))
    throw new UserError(`there is no cluster in ${settings.home} (${path} is missing)`, "Make one with './run.sh up'.");
  const [{ createClient }, { loadKubeconfig }] = await Promise.all([
    import('../../helper/client/rest-client'),
    import('../../helper/client/kubeconfig'),
  ]);
  return createClient(loadKubeconfig(path), { userAgent: 'run.sh' });
}

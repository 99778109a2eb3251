/**
 * Asking the supervisor for a component that is started on demand.
 *
 * One order over its unix socket; asking again for one that runs changes nothing, and one a user has stopped stays stopped.
 */
import { request } from 'node:http';
import { join } from 'node:path';

/** Resolves when the supervisor has taken the order. Throws when there is no supervisor, or it knows no such component. */
export function wakeComponent(home: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socketPath = join(home, 'run', 'supervisor.sock');
    const call = request({ socketPath, method: 'POST', path: `/processes/${name}/wake` }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the supervisor does not start ${name}`));
      });
      answer.once('error', reject);
    });
    call.once('error', reject);
    call.end();
  });
}

/**
 * The order of test files: those known to take long first, so that no worker sits over the last one while the others have nothing to do.
 * On a fresh clone jest knows no times and goes by the size of the files, which says little: the shortest file of all runs every pod on
 * real containers. Seconds on two processors; a file that is not here takes less than those that are.
 */
const Sequencer = require('@jest/test-sequencer').default;

const SECONDS = {
  'test/e2e/machines.test.ts': 83,
  'test/e2e/stores-and-modes.test.ts': 74,
  'test/e2e/faults.test.ts': 49,
  'test/e2e/containerd.test.ts': 47,
  'test/e2e/kubectl-tour.test.ts': 42,
  'test/e2e/quick-start.test.ts': 39,
  'test/e2e/pods.test.ts': 38,
  'test/e2e/streams.test.ts': 29,
  'test/e2e/ingress.test.ts': 25,
  'test/integration/kubectl-parity.test.ts': 44,
  'test/integration/default-deny.test.ts': 37,
  'test/integration/custom-resources.test.ts': 28,
  'test/integration/etcd-outage.test.ts': 20,
  'test/integration/every-kind.test.ts': 17,
  'test/integration/watch-reconstruct.test.ts': 15,
  'test/integration/random-requests.test.ts': 13,
  'test/integration/certificate-renewal.test.ts': 13,
  'master/storage/embedded-store.crash.test.ts': 50,
  'worker/runtime/runtime.contract.test.ts': 38,
  'worker/runtime/docker-runtime.test.ts': 14,
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) => SECONDS[path.slice(context.config.rootDir.length + 1)] ?? 0;
    // Those of no known time stay as jest puts them: what failed before, what took longest, what is largest.
    return super.sort(tests).sort((a, b) => seconds(b) - seconds(a));
  }
};

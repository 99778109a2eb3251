/**
 * The Deployment the tests make, of any pod: `app: NAME` selects it, two replicas unless told otherwise.
 *
 * An object for requests; kubectl takes it as text, since JSON is YAML (behind a `---` where more documents follow: a file that begins
 * with a brace is JSON to the end).
 */
export const sampleDeployment = <Spec extends object>(name: string, podSpec: Spec, replicas = 2) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec },
  },
});

/** A container that serves one page, which `page` (a shell command) prints. */
export const answering = (page: string, port = 80) => ({
  name: 'web',
  image: 'minik8s/base:1',
  command: ['sh', '-c', `mkdir /www && ${page} >/www/index.html && exec httpd -f -p ${port} -h /www`],
});

/** A pod of one container that only runs, and ends soon when told to. */
export const IDLE_POD = {
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'c', image: 'minik8s/base:1', command: ['sleep', '3600'] }],
};

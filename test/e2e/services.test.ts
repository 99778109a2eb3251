/**
 * Names and addresses of Services, by traffic between real containers: every way to a Service, and what DNS says of it.
 */

import { answering, sampleDeployment } from '../sample-deployment';
import { type Cluster, clusterFacts, eventually, httpGet, isRoutedHere } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

const service = (name: string, spec: string) =>
  `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const WEB = 'selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]';

const WEB_PODS = {
  terminationGracePeriodSeconds: 1,
  containers: [{ ...answering('hostname', 8080), imagePullPolicy: 'Never' }],
};

const MANIFEST = `---
${JSON.stringify(sampleDeployment('web', WEB_PODS))}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec:
  hostname: client
  subdomain: named
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "minik8s/base:1", imagePullPolicy: Never, command: [sleep, "3600"]}]
${service('web', `{type: NodePort, ${WEB}}`)}
${service('sticky', `{sessionAffinity: ClientIP, ${WEB}}`)}
${service('balanced', `{type: LoadBalancer, externalTrafficPolicy: Local, ${WEB}}`)}
${service('guarded', `{type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24], ${WEB}}`)}
${service('empty', '{selector: {app: nobody}, ports: [{port: 80}]}')}
${service('named', '{clusterIP: None, selector: {app: client}, ports: [{name: http, port: 80}]}')}
${service('alias', '{type: ExternalName, externalName: web.default.svc.cluster.local}')}`;

describe('Services', () => {
  let cluster: Cluster;
  const scenario = oneCluster({}, async (started) => {
    cluster = started;
    await cluster.apply(MANIFEST);
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/client', '--timeout=60s');
  });

  const inClient = async (script: string) => {
    const { stdout, stderr } = await cluster.tryKubectl(['exec', 'client', '--', 'sh', '-c', script]);
    return stdout + stderr;
  };
  const field = async (name: string, path: string) =>
    (await cluster.kubectl('get', 'service', name, '-o', `jsonpath={${path}}`)).trim();
  /** different answers of 20 requests made inside the client pod */
  const answers = async (url: string) => {
    const text = await inClient(`for i in $(seq 20); do wget -qO- ${url}; done`);
    return [...new Set(text.trim().split('\n'))].sort();
  };
  const podIp = async () => (await cluster.kubectl('get', 'pod', 'client', '-o', 'jsonpath={.status.podIP}')).trim();

  scenario('are found by name, from their own namespace and with all of it', async () => {
    expect(await eventually(async () => (await answers('http://web')).length === 2)).toBe(true);
    expect(await answers('http://web.default.svc.cluster.local')).toHaveLength(2);
    expect(await answers('http://alias')).toHaveLength(2);
  });

  scenario('have records of every kind', async () => {
    const look = (name: string, type: string) => inClient(`nslookup -type=${type} ${name}`);
    const ip = await podIp();
    expect(await look('named.default.svc.cluster.local', 'a')).toContain(ip);
    expect(await look('client.named.default.svc.cluster.local', 'a')).toContain(ip);
    expect(await look('alias.default.svc.cluster.local', 'cname')).toContain('web.default.svc.cluster.local');
    expect(await look('_http._tcp.web.default.svc.cluster.local', 'srv')).toContain('80 web.default.svc.cluster.local');
    expect(await inClient(`nslookup ${await field('web', '.spec.clusterIP')}`)).toContain(
      'web.default.svc.cluster.local',
    );
    expect(await look('nobody.default.svc.cluster.local', 'a')).toContain('NXDOMAIN');
  });

  scenario('keep a client with one pod when told to', async () => {
    expect(await answers('http://sticky')).toHaveLength(1);
  });

  scenario('answer on a port of the node, inside and outside', async () => {
    const { nodeIp } = clusterFacts(cluster);
    const port = await field('web', '.spec.ports[0].nodePort');
    expect(await answers(`http://${nodeIp}:${port}`)).toHaveLength(2);
    expect(await httpGet(`http://${nodeIp}:${port}`)).toMatch(/^web-/);
  });

  scenario('of type LoadBalancer get an address, and keep out who may not use it', async () => {
    const address = await eventually(() => field('balanced', '.status.loadBalancer.ingress[0].ip'));
    expect(await answers(`http://${address}`)).toHaveLength(2);
    expect(await isRoutedHere(cluster, address)).toBe(true);
    expect(await httpGet(`http://${address}`)).toMatch(/^web-/);
    const health = await field('balanced', '.spec.healthCheckNodePort');
    expect(JSON.parse(await httpGet(`http://127.0.0.1:${health}`))).toMatchObject({ localEndpoints: 2 });
    const guarded = await eventually(() => field('guarded', '.status.loadBalancer.ingress[0].ip'));
    expect(await isRoutedHere(cluster, guarded)).toBe(true);
    expect(await httpGet(`http://${guarded}`, 500)).toBe('');
  });

  scenario('refuse at once while nothing stands behind them', async () => {
    expect(await inClient('wget -qO- http://empty')).toContain('Connection refused');
  });

  scenario('reach a pod through its own Service', async () => {
    const pod = (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n')[0] ?? '';
    const script = 'for i in $(seq 20); do wget -qO- http://web; done';
    const text = await cluster.kubectl('exec', pod, '--', 'sh', '-c', script);
    expect(new Set(text.trim().split('\n')).size).toBe(2);
  });
});

/** The objects of `machines.test.ts`: what the classroom demonstrates, in its dialect and in canonical form side by side in one file. */
import { answering, sampleDeployment } from '../sample-deployment';

const front = (name: string, port: number) => `---
kind: Pod
name: ${name}
strategy: roundrobin
metadata:
  labels: {app: ${name}}
containers:
  - ${JSON.stringify({ ...answering(`echo ${name}`), port: 80 })}
---
kind: Service
name: ${name}-service
selector: {app: ${name}}
ports: [{protocol: tcp, port: ${port}, targetPort: 80}]
`;

export const SERVICE_IP = '192.168.88.88';
export const HOST = 'mall.minik8s.test';

const WEB_PODS = {
  terminationGracePeriodSeconds: 0,
  containers: [{ ...answering('hostname'), readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 } }],
};

/** Demonstrations 3 (round robin), 4 (a fixed address) and 7 (one host, two paths) of the classroom. */
export const CLASSROOM = `---
${JSON.stringify(sampleDeployment('web', WEB_PODS, 6))}
---
kind: Service
name: web
type: NodePort
clusterIP: ${SERVICE_IP}
strategy: random
selector: {app: web}
ports: [{protocol: tcp, port: 88, targetPort: 80}]
${front('cart', 88)}${front('stock', 99)}---
kind: Dns
name: mall_dns
host: ${HOST}
paths:
  - {path: cart, service_name: cart-service, service_port: 88}
  - {path: /stock, service_name: stock-service, service_port: 99}
`;

/** Stays to tell what happened to it: nobody takes it off a node that is not ready. */
export const TOLD = `
apiVersion: v1
kind: Pod
metadata: {name: told}
spec:
  nodeName: node3
  tolerations: [{operator: Exists}]
  containers: [{name: a, image: minik8s/base:1, command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']}]
`;

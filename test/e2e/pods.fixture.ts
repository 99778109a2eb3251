/** The pods of `pod-suite.ts`; `$TIMES` is a folder of the host where containers write when they did what, `$PORT` a port of the host. */
const IMAGE = 'image: minik8s/base:1';
const STAMP = 'at() { cat /proc/uptime > /times/$1; }';
const TIMES = 'volumeMounts: [{name: times, mountPath: /times}]';

/** A script that goes on until it is told to end. */
const staying = (begin: string, end: string) =>
  `[sh, -c, '${STAMP}; trap "${end}; exit 0" TERM; ${begin}; while true; do sleep 0.05; done']`;
const pod = (name: string, spec: string, metadata = '') => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}${metadata}}
spec:
  terminationGracePeriodSeconds: 1
${spec.replace(/^/gm, '  ')}
`;
const one = (name: string, command: string, more = '', spec = '') =>
  pod(name, `${spec}containers:\n- name: a\n  ${IMAGE}\n  command: ${command}\n  ${more}`);

export const PODS = [
  `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: odd}
handler: no-such-handler
`,
  `---
apiVersion: v1
kind: Pod
metadata: {name: ordered}
spec:
  terminationGracePeriodSeconds: 20
  volumes: [{name: times, hostPath: {path: $TIMES, type: DirectoryOrCreate}}]
  initContainers:
  - {name: init, ${IMAGE}, ${TIMES}, command: [sh, -c, '${STAMP}; at init']}
  - {name: first, ${IMAGE}, restartPolicy: Always, ${TIMES}, command: ${staying('at first; touch /up', 'at first-end')}, startupProbe: {exec: {command: [sh, -c, 'sleep 0.7; test -f /up']}, periodSeconds: 1, timeoutSeconds: 10}}
  - {name: last-init, ${IMAGE}, ${TIMES}, command: [sh, -c, '${STAMP}; at last-init']}
  - {name: second, ${IMAGE}, restartPolicy: Always, ${TIMES}, command: ${staying('at second', 'at second-end; sleep 0.3')}}
  containers:
  - name: app
    ${IMAGE}
    ${TIMES}
    command: ${staying(':', 'sleep 0.5; at app-end')}
    lifecycle:
      postStart: {exec: {command: [sh, -c, '${STAMP}; sleep 0.5; at post']}}
      preStop: {exec: {command: [sh, -c, '${STAMP}; sleep 0.5; at pre']}}
  - {name: second-app, ${IMAGE}, ${TIMES}, command: ${staying('at second-app', ':')}}
`,
  pod(
    'job',
    `restartPolicy: Never
initContainers:
- {name: helper, ${IMAGE}, restartPolicy: Always, command: [sh, -c, 'trap "exit 3" TERM; while true; do sleep 0.05; done']}
containers:
- {name: a, ${IMAGE}, command: [sh, -c, 'sleep 0.5']}`,
  ),
  pod(
    'endings',
    `restartPolicy: Never
containers:
- {name: custom, ${IMAGE}, securityContext: {runAsUser: 1000}, terminationMessagePath: /dev/own-log, command: [sh, -c, 'printf DONE >/dev/own-log']}
- {name: logged, ${IMAGE}, terminationMessagePolicy: FallbackToLogsOnError, command: [sh, -c, 'printf LOGGED; exit 3']}
- {name: silent, ${IMAGE}, terminationMessagePolicy: FallbackToLogsOnError, command: [sh, -c, 'printf LOGGED']}
- {name: missing, ${IMAGE}, command: [/no-such-program]}
- {name: hungry, ${IMAGE}, command: [dd, 'if=/dev/zero', 'of=/dev/null', bs=200M], resources: {limits: {memory: 20Mi}}}`,
  ),
  pod(
    'init-never',
    `restartPolicy: Never
initContainers:
- {name: i, ${IMAGE}, command: ['false']}
containers:
- {name: a, ${IMAGE}, command: ['true']}`,
  ),
  pod(
    'init-again',
    `initContainers:
- {name: i, ${IMAGE}, command: ['false']}
containers:
- {name: a, ${IMAGE}, command: ['true']}`,
  ),
  one(
    'liveness',
    `[sleep, '1000']`,
    'livenessProbe: {exec: {command: [sleep, "10"]}, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 1}',
  ),
  one('grpc', `[sleep, '1000']`, 'livenessProbe: {grpc: {port: 5000}, periodSeconds: 1}'),
  pod(
    'ending',
    `containers:
- name: a
  ${IMAGE}
  command: [sh, -c, 'touch /ok; trap "rm /ok; sleep 20; exit 0" TERM; while true; do sleep 0.05; done']
  readinessProbe: {exec: {command: [cat, /ok]}, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 5}`,
  ).replace('GracePeriodSeconds: 1', 'GracePeriodSeconds: 25'),
  one('post-start', `[sleep, '1000']`, 'lifecycle: {postStart: {exec: {command: ["false"]}}}'),
  one('deadline', `[sleep, '1000']`, '', 'activeDeadlineSeconds: 1\n'),
  pod(
    'secured',
    `restartPolicy: Never
securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000]}
containers:
- {name: pod-user, ${IMAGE}, command: [sh, -c, 'id; cat /proc/self/status']}
- {name: own-user, ${IMAGE}, securityContext: {runAsUser: 1001, runAsGroup: 3001}, command: [id]}
- name: bare
  ${IMAGE}
  command: [sh, -c, 'cat /proc/self/status; touch /x || echo cannot write']
  securityContext:
    runAsUser: 0
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}`,
  ),
  one('mighty', '[cat, /proc/self/status]', 'securityContext: {privileged: true}', 'restartPolicy: Never\n'),
  one('not-root', '[id]', 'securityContext: {runAsNonRoot: true}'),
  one(
    'named',
    `[sh, -c, 'hostname; cat /etc/hosts /etc/resolv.conf']`,
    '',
    `restartPolicy: Never
hostname: box
subdomain: sub
setHostnameAsFQDN: true
hostAliases: [{ip: 123.45.67.89, hostnames: [foo, bar]}]
dnsConfig: {nameservers: [1.1.1.1], options: [{name: ndots, value: "2"}]}
`,
  ),
  one(
    'on-host',
    `[sh, -c, 'cat /etc/hosts; exec sleep 1000']`,
    '',
    'hostNetwork: true\nhostPID: true\nhostIPC: true\n',
  ),
  pod(
    'shared',
    `shareProcessNamespace: true
containers:
- {name: a, ${IMAGE}, command: [sleep, '4711']}
- {name: b, ${IMAGE}, command: [sleep, '4712']}`,
  ),
  one(
    'port',
    `[sh, -c, 'mkdir /www; echo by port >/www/index.html; exec httpd -f -p 8080 -h /www']`,
    'ports: [{containerPort: 8080, hostPort: $PORT}]',
  ),
  one('port-again', `[sleep, '1000']`, 'ports: [{containerPort: 8080, hostPort: $PORT}]'),
  one(
    'sysctl',
    `[sysctl, -n, kernel.shm_rmid_forced]`,
    '',
    'restartPolicy: Never\nsecurityContext: {sysctls: [{name: kernel/shm_rmid_forced, value: "1"}]}\n',
  ),
  one('sysctl-unsafe', '["true"]', '', 'securityContext: {sysctls: [{name: kernel.msgmax, value: "65536"}]}\n'),
  one('too-big', '["true"]', 'resources: {requests: {cpu: "1000"}}', 'nodeName: node1\n'),
  one('elsewhere', '["true"]', '', 'nodeName: node1\nnodeSelector: {no: such}\n'),
  one('windows', '["true"]', '', 'nodeName: node1\nos: {name: windows}\n'),
  one('handler', '["true"]', '', 'runtimeClassName: odd\n'),
].join('');

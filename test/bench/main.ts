/**
 * `./run.sh bench [name ...]`: runs the cases, prints median, range and the ratio to real Kubernetes, and keeps JSON lines.
 *
 * Each case warms up and runs five times. Lines go to `$MINIK8S_HOME/log/bench.jsonl` with the facts of the machine, so that
 * a number can be quoted with date, machine and command. Nothing here fails because a number is bad: it says so instead.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  type Measured,
  makeNamespace,
  measureReads,
  measureWatches,
  measureWrites,
  storePods,
  tidy,
} from './api-cases';
import { measureBandwidth } from './bandwidth-cases';
import { measureMemory, measureStarts } from './cluster-cases';
import type { Target } from './connection';
import { measureNames } from './dns-cases';
import { measureIdleWatchers } from './idle-watchers';
import { measureOverlay } from './overlay-cases';
import { measurePods } from './pod-cases';
import { type CaseName, REFERENCES, verdict } from './reference';
import { measureManyServices, measureServices } from './service-cases';
import { median, shown } from './statistics';
import { measureTypedWrites } from './typed-writes';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

function targetOf(home: string): Target {
  const config = parse(readFileSync(join(home, 'admin.kubeconfig'), 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (!cluster || !user) throw new Error(`${home}/admin.kubeconfig names no cluster or no user`);
  const url = new URL(cluster.server);
  const text = (base64: string) => Buffer.from(base64, 'base64').toString();
  return {
    host: url.hostname,
    port: Number(url.port),
    ca: text(cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  };
}

const [home = '', projectRoot = '', ...wanted] = process.argv.slice(2);
const facts = {
  date: new Date().toISOString(),
  cores: cpus().length,
  cpu: cpus()[0]?.model,
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  kernel: release(),
  node: process.version,
};

function print({ name, values }: Measured): void {
  const reference = REFERENCES[name as CaseName];
  const unit = reference?.unit ?? '';
  const range =
    values.length > 1 ? ` (${shown(Math.min(...values))} - ${shown(Math.max(...values))}, ${values.length} runs)` : '';
  const middle = median(values);
  process.stdout.write(`${name.padEnd(46)} ${shown(middle).padStart(7)} ${unit}${range}\n`);
  const judged = reference ? verdict(name as CaseName, middle) : '';
  if (judged) process.stdout.write(`${' '.repeat(47)}${judged}\n`);
  appendFileSync(
    join(home, 'log', 'bench.jsonl'),
    `${JSON.stringify({ name, unit, median: middle, values, ...facts })}\n`,
  );
}

type Group = (target: Target) => Promise<readonly Measured[]>;

const GROUPS: Readonly<Record<string, Group>> = {
  memory: async () => [measureMemory(home, 'memory of all components, idle')],
  reads: measureReads,
  writes: measureWrites,
  typed: measureTypedWrites,
  watch: measureWatches,
  watchers: measureIdleWatchers,
  stored: async () => [measureMemory(home, 'memory of all components, 1000 pods stored')],
  pods: measurePods,
  services: measureServices,
  'many-services': measureManyServices,
  names: measureNames,
  overlay: (target) => measureOverlay(target, home),
  bandwidth: measureBandwidth,
  start: () => measureStarts(projectRoot),
};

const WITHOUT_NAMESPACE = ['memory', 'start'];
/** Groups that need a thousand stored pods in it. */
const NEED_PODS = ['reads', 'writes', 'typed', 'watch', 'watchers', 'stored'];

async function main(): Promise<void> {
  const unknown = wanted.find((name) => !GROUPS[name]);
  if (unknown) throw new Error(`no benchmark ${JSON.stringify(unknown)}; there are: ${Object.keys(GROUPS).join(', ')}`);
  const names = wanted.length > 0 ? wanted : Object.keys(GROUPS);
  const target = targetOf(home);
  process.stdout.write(
    `${facts.cores} cores (${facts.cpu}), ${facts.memoryGib} GiB, kernel ${facts.kernel}, node ${facts.node}\n\n`,
  );
  const needNamespace = names.some((name) => !WITHOUT_NAMESPACE.includes(name));
  if (needNamespace) await makeNamespace(target);
  let stored = false;
  for (const name of names) {
    if (NEED_PODS.includes(name) && !stored) {
      await storePods(target);
      stored = true;
    }
    for (const measured of (await GROUPS[name]?.(target)) ?? []) print(measured);
  }
  if (needNamespace) await tidy(target);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(1);
  },
);

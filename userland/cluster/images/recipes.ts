/**
 * The images that can be made without a registry: what each is called, what it consists of, how it starts.
 *
 * `pause` and `base` are the cluster's own and always made. The others carry the names users write in manifests and stand in
 * for the registry's images: smaller, of this machine's Debian packages, starting and listening the same way.
 */
import { existsSync, readdirSync } from 'node:fs';
import { findProgram, type Need } from '../host-packages';
import { UserError } from '../run-command';
import { busyboxEntries, certificateEntries, programEntries, skeleton, treeEntries } from './root-filesystem';
import type { TarEntry } from './tar';

/** The sandbox of every pod: holds its namespaces and reaps its orphans. */
const PAUSE_IMAGE = 'minik8s/pause:1';
/** A shell and small programs; the quick-start application runs on it. */
const BASE_IMAGE = 'minik8s/base:1';

const PATH = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Recipe {
  /** as a user names it on the command line */
  readonly name: string;
  readonly tags: readonly string[];
  /** ours: made without asking a registry first */
  readonly own: boolean;
  readonly needs: readonly Need[];
  /** Dockerfile instructions for the image's configuration */
  readonly changes: readonly string[];
  readonly entries: () => Promise<TarEntry[]>;
}

const BUSYBOX: Need = { program: 'busybox', package: 'busybox-static', why: 'shell and small programs of images' };
const CATATONIT: Need = { program: 'catatonit', package: 'catatonit', why: 'the pause image' };
const NGINX: Need = { program: 'nginx', package: 'nginx-light', why: 'the nginx image' };
const PYTHON: Need = { program: 'python3.11', package: 'python3.11', why: 'the python image' };

function required(need: Need): string {
  // The packages' own folders first: a version manager's shim on PATH would not run inside an image.
  const path = findProgram(need.program, '/usr/sbin:/usr/bin');
  if (!path) {
    throw new UserError(
      `'${need.program}' is needed for ${need.why} and is not on this machine`,
      `Run as root: apt-get install -y --no-install-recommends ${need.package}`,
    );
  }
  return path;
}

/** Shell, small programs, /etc, certificates; bash too where this machine has it, since people exec into it. */
async function userland(extraUsers: readonly string[] = [], programs: readonly string[] = []): Promise<TarEntry[]> {
  const bash = existsSync('/bin/bash') ? ['/bin/bash'] : [];
  return [
    ...skeleton(extraUsers),
    ...(await busyboxEntries(required(BUSYBOX))),
    ...(await programEntries([...bash, ...programs])),
    ...certificateEntries(),
  ];
}

const NGINX_CONF = `user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`;
const NGINX_SITE = `server {
  listen 80;
  server_name localhost;
  location / {
    root /usr/share/nginx/html;
    index index.html index.htm;
  }
}
`;
const NGINX_PAGE = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body><h1>Welcome to nginx!</h1></body>
</html>
`;

async function nginxEntries(): Promise<TarEntry[]> {
  const folders = ['etc/nginx', 'etc/nginx/conf.d', 'usr/share/nginx', 'usr/share/nginx/html', 'var/log/nginx'];
  const own = [
    'var/lib/nginx',
    ...['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `var/lib/nginx/${name}`),
  ];
  return [
    ...(await userland(['nginx:x:101:101:nginx:/nonexistent:/bin/false'], [required(NGINX)])),
    ...folders.map((path): TarEntry => ({ kind: 'folder', path })),
    ...own.map((path): TarEntry => ({ kind: 'folder', path, owner: 101 })),
    { kind: 'copy', path: 'etc/nginx/mime.types', from: '/etc/nginx/mime.types', mode: 0o644 },
    { kind: 'text', path: 'etc/nginx/nginx.conf', text: NGINX_CONF },
    { kind: 'text', path: 'etc/nginx/conf.d/default.conf', text: NGINX_SITE },
    { kind: 'text', path: 'usr/share/nginx/html/index.html', text: NGINX_PAGE },
    { kind: 'link', path: 'var/log/nginx/access.log', target: '/dev/stdout' },
    { kind: 'link', path: 'var/log/nginx/error.log', target: '/dev/stderr' },
  ];
}

async function pythonEntries(): Promise<TarEntry[]> {
  const program = required(PYTHON);
  const library = '/usr/lib/python3.11';
  const unwanted = new Set(['__pycache__', 'test', 'tests', 'idlelib', 'turtledemo', 'lib2to3', 'ensurepip']);
  const extensions = existsSync(`${library}/lib-dynload`)
    ? readdirSync(`${library}/lib-dynload`).map((name) => `${library}/lib-dynload/${name}`)
    : [];
  return [
    ...(await userland([], [program, ...extensions])),
    { kind: 'folder', path: 'usr/local/bin' },
    ...treeEntries(library, (name) => unwanted.has(name) || name.startsWith('config-') || name === 'lib-dynload'),
    ...['usr/local/bin/python', 'usr/local/bin/python3', 'usr/bin/python3'].map(
      (path): TarEntry => ({ kind: 'link', path, target: program }),
    ),
  ];
}

/** The Node.js that runs this program, whatever package it came from. */
async function nodeEntries(): Promise<TarEntry[]> {
  return [
    ...(await userland(['node:x:1000:1000::/home/node:/bin/sh'], [process.execPath])),
    { kind: 'folder', path: 'home/node', owner: 1000 },
    ...(process.execPath === '/usr/bin/node'
      ? []
      : [{ kind: 'link', path: 'usr/bin/node', target: process.execPath } satisfies TarEntry]),
  ];
}

const nodeMajor = process.versions.node.split('.')[0];

export const RECIPES: readonly Recipe[] = [
  {
    name: 'pause',
    tags: [PAUSE_IMAGE],
    own: true,
    needs: [CATATONIT],
    changes: ['ENTRYPOINT ["/pause","-P"]'],
    entries: async () => [{ kind: 'copy', path: 'pause', from: required(CATATONIT), mode: 0o755 }],
  },
  {
    name: 'base',
    tags: [BASE_IMAGE],
    own: true,
    needs: [BUSYBOX],
    changes: [PATH, 'CMD ["sh"]'],
    entries: async () => [...skeleton(), ...(await busyboxEntries(required(BUSYBOX)))],
  },
  {
    name: 'busybox',
    tags: ['busybox:latest'],
    own: false,
    needs: [BUSYBOX],
    changes: [PATH, 'CMD ["sh"]'],
    entries: async () => [...skeleton(), ...(await busyboxEntries(required(BUSYBOX)))],
  },
  {
    name: 'nginx',
    tags: ['nginx:latest'],
    own: false,
    needs: [BUSYBOX, NGINX],
    changes: [PATH, 'EXPOSE 80', 'CMD ["nginx","-g","daemon off;"]'],
    entries: nginxEntries,
  },
  {
    name: 'python',
    tags: ['python:3.11', 'python:latest'],
    own: false,
    needs: [BUSYBOX, PYTHON],
    changes: [PATH, 'ENV LANG=C.UTF-8', 'CMD ["python3"]'],
    entries: pythonEntries,
  },
  {
    name: 'node',
    tags: [`node:${nodeMajor}`, 'node:latest'],
    own: false,
    needs: [BUSYBOX],
    changes: [PATH, `ENV NODE_VERSION=${process.versions.node}`, 'CMD ["node"]'],
    entries: nodeEntries,
  },
];

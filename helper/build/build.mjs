#!/usr/bin/env node
/**
 * The build: generates the schemas, then bundles one CommonJS file per component, the command line, and all-in-one.
 *
 * One bundle per component keeps each process small: it parses only what it runs. Packages with native parts or with
 * files they look up beside themselves stay outside and are loaded from node_modules. What starts often has its code compiled here,
 * once (`launch.cjs`), a dozen of them start together: NAME.js is what one runs, NAME.bundle.js the code, NAME.cache what V8 made of it.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { generateSchemas } from './schemas.mjs';

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const outdir = join(projectRoot, 'dist');

/** Loaded from node_modules at run time: native code (lmdb), proto files beside the code (etcd3, the gRPC packages), optional native parts (dockerode's ssh2). */
const EXTERNAL = [
  'lmdb',
  'etcd3',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  'dockerode',
  'inquirer',
  'typescript',
  'esbuild',
];

/** Source text of a component's entry: the component's main.ts inside the process that every component shares. */
const componentEntry = (module) => `
import { runComponent } from './helper/process/run-component';
import { component } from './${module}';
runComponent(component);
`;

async function bundle(name, input) {
  await build({
    ...input,
    outfile: join(outdir, `${name}.js`),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    absWorkingDir: projectRoot,
    external: EXTERNAL,
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
}

/** A bundle that is started through `launch.cjs`. */
async function launched(name, input) {
  // V8 knows a changed source by its length only: an old cache must be gone before there is a new bundle.
  rmSync(join(outdir, `${name}.cache`), { force: true });
  // import() of a package that stays outside becomes require(): code from a cache of another process cannot import.
  await bundle(`${name}.bundle`, { ...input, supported: { 'dynamic-import': false } });
  writeFileSync(join(outdir, `${name}.js`), `require('./launch.cjs').launch('${name}');\n`);
}

/** Runs each once for its help, with the flags it will run with; a start without its cache is only slower. */
async function makeCaches(names) {
  const flags = readJson('userland/cluster/v8-flags.json');
  const waiting = [...names];
  const env = { ...process.env, MINIK8S_WRITE_CODE_CACHE: '1' };
  const worker = async () => {
    for (let name = waiting.pop(); name; name = waiting.pop()) {
      const args = [...(flags[name] ?? flags.component), join(outdir, `${name}.js`), '--help'];
      await promisify(execFile)(process.execPath, args, { env });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

const readJson = (path) => JSON.parse(readFileSync(join(projectRoot, path), 'utf8'));

await generateSchemas(projectRoot);
if (!process.argv.includes('--schemas-only')) {
  mkdirSync(outdir, { recursive: true });
  copyFileSync(join(projectRoot, 'helper/build/launch.cjs'), join(outdir, 'launch.cjs'));
  const components = readJson('userland/cluster/components.json').filter((component) => component.module);
  await Promise.all([
    ...components.map(({ name, module }) =>
      launched(name, {
        stdin: {
          contents: componentEntry(module),
          resolveDir: projectRoot,
          sourcefile: `${name}-entry.ts`,
          loader: 'ts',
        },
      }),
    ),
    bundle('minik8s', { entryPoints: ['userland/cluster/cli.ts'] }),
    bundle('supervisor', { entryPoints: ['userland/cluster/supervisor/main.ts'] }),
    bundle('bench', { entryPoints: ['test/bench/main.ts'] }),
    bundle('all-in-one', { entryPoints: ['userland/cluster/all-in-one.ts'] }),
  ]);
  await makeCaches(components.map(({ name }) => name));
  writeFileSync(join(outdir, '.built'), new Date().toISOString());
}

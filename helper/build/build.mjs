#!/usr/bin/env node
/**
 * The build: generates the schemas, then bundles one CommonJS file per component, the command line, and all-in-one.
 *
 * One bundle per component keeps each process small: it parses only what it runs. Packages with native parts or with
 * files they look up beside themselves stay outside and are loaded from node_modules.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

await generateSchemas(projectRoot);
if (!process.argv.includes('--schemas-only')) {
  mkdirSync(outdir, { recursive: true });
  const components = JSON.parse(readFileSync(join(projectRoot, 'userland/cluster/components.json'), 'utf8'));
  await Promise.all([
    ...components
      .filter((component) => component.module)
      .map(({ name, module }) =>
        bundle(name, {
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
  writeFileSync(join(outdir, '.built'), new Date().toISOString());
}

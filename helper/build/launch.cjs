/**
 * Starts a bundle of `dist/` with what V8 made of it at build time, instead of parsing and compiling megabytes again in every process.
 *
 * A dozen processes start at once on a machine of two cores; what they compile is the same each time. V8 takes the cache only when its
 * own version and flags are those it was made with, and compiles as ever otherwise. (Node 22 has this as module.enableCompileCache().)
 * The build runs every bundle once with MINIK8S_WRITE_CODE_CACHE set, which writes `NAME.cache` beside `NAME.bundle.js`.
 * https://v8.dev/blog/code-caching-for-devs
 */
'use strict';
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Runs `NAME.bundle.js` of this folder as the main module. */
exports.launch = (name) => {
  const file = join(__dirname, `${name}.bundle.js`);
  const cacheFile = join(__dirname, `${name}.cache`);
  const writesCache = process.env.MINIK8S_WRITE_CODE_CACHE !== undefined;
  const main = new Module(file, null);
  main.filename = file;
  main.paths = Module._nodeModulePaths(__dirname);
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    cachedData: writesCache ? undefined : readIfThere(cacheFile),
  });
  const require = Module.createRequire(file);
  script.runInThisContext().call(main.exports, main.exports, require, main, file, dirname(file));
  if (!writesCache) return;
  writeFileSync(`${cacheFile}.new`, script.createCachedData());
  renameSync(`${cacheFile}.new`, cacheFile);
};

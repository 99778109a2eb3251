#!/usr/bin/env bash
# minik8s: the one entry. Installs what npm must bring, builds when sources changed, then hands over to the command line.
#   ./run.sh           a cluster with an application in it        ./run.sh help    everything else
#   ./run.sh test      installs what the tests need, runs all of them
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { printf 'minik8s: %s\n' "$*" >&2; exit 1; }

check_node() {
  command -v node >/dev/null || fail "Node.js 20.19 or newer is needed and 'node' is not on PATH. On Debian and Ubuntu: see https://nodejs.org, or 'apt-get install nodejs' where that is new enough."
  # Asked for its version only, node does not start its engine: every command of kubectl waits for this.
  local version
  version=$(node --version)
  [[ $version =~ ^v([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] > 20 || (BASH_REMATCH[1] == 20 && BASH_REMATCH[2] >= 19))) ||
    fail "Node.js 20.19 or newer is needed, this is $version at $(command -v node)."
}

# install_packages all|runtime: npm packages exactly as locked; "all" adds what only tests need.
install_packages() {
  local wanted=$1
  # Where everything was installed once, it stays so: a developer's tools must not vanish by starting a cluster.
  [ -f "$root/node_modules/.minik8s-all" ] && wanted=all
  local stamp="$root/node_modules/.minik8s-$wanted"
  [ -f "$stamp" ] && [ "$stamp" -nt "$root/package-lock.json" ] && return
  local began=$SECONDS log
  log=$(mktemp)
  local flags=(--ignore-scripts --no-audit --no-fund --loglevel=error)
  [ "$wanted" = runtime ] && flags+=(--omit=dev)
  printf 'minik8s: installing npm packages (%s) ...\n' "$wanted" >&2
  if ! (cd "$root" && npm ci "${flags[@]}") >"$log" 2>&1; then
    head -n 20 "$log" >&2
    fail "'npm ci ${flags[*]}' failed in $root; its first lines are above. Is the npm registry reachable? (npm config get registry)"
  fi
  rm -f "$log"
  touch "$stamp"
  printf 'minik8s: npm packages installed in %d s\n' $((SECONDS - began)) >&2
}

build() {
  local stamp="$root/dist/.built"
  if [ -f "$stamp" ] && [ -z "$(find "$root/helper" "$root/master" "$root/worker" "$root/userland" "$root/test/bench" "$root/package-lock.json" -newer "$stamp" \( -name '*.ts' -o -name '*.tsx' -o -name '*.mjs' -o -name '*.cjs' -o -name '*.json' \) -print -quit)" ]; then
    return
  fi
  (cd "$root" && node helper/build/build.mjs) || fail "the build failed; its message is above."
}

check_node
case "${1:-}" in
  test)
    shift
    install_packages all
    build
    exec "$root/test/run" "$@"
    ;;
  *)
    install_packages runtime
    build
    exec node "$root/dist/minik8s.js" "$@"
    ;;
esac

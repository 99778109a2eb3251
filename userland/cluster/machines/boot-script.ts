/**
 * What makes a handful of namespaces a machine: the shell script between `unshare` and its first process. Pure text.
 *
 * The machine has its own host name, network, processes, mounts, /run, /sys and control groups, and keeps Docker's data in a folder
 * of its own; the host's programs and files it shares. Its first process is catatonit, which does what an init must: reap.
 * https://man7.org/linux/man-pages/man7/namespaces.7.html
 */

export interface BootPlan {
  readonly name: string;
  /** control group of everything that runs in the machine */
  readonly cgroup: string;
  /** Docker's data */
  readonly dockerFolder: string;
  /** made when the machine is up */
  readonly readyFile: string;
}

/**
 * Moves this shell into the machine's control group, one hierarchy at a time (cgroup v1) or the one there is (v2). A cpuset needs
 * its processors before anything may enter.
 */
const enterCgroup = (cgroup: string): string => `
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/${cgroup}
  echo $$ >/sys/fs/cgroup/${cgroup}/cgroup.procs
else
  for controller in /sys/fs/cgroup/*/; do
    [ -e "$controller/cgroup.procs" ] || continue
    mkdir -p "$controller/${cgroup}"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$controller/$file" ] || cat "$controller/$file" >"$controller/${cgroup}/$file"
    done
    echo $$ >"$controller/${cgroup}/cgroup.procs"
  done
fi`;

/** Mounts the control groups anew, so that the machine's own group is the root of what it sees. */
const MOUNT_CGROUPS = `
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t sysfs sysfs /sys
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir -p /sys/fs/cgroup/init
  echo 0 >/sys/fs/cgroup/init/cgroup.procs
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || true
  done
else
  hierarchies=$(awk '$(NF-2) == "cgroup" && $5 ~ "^/sys/fs/cgroup/" { print $5, $NF }' /proc/self/mountinfo | sort -u)
  mount -t sysfs sysfs /sys
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  echo "$hierarchies" | while read -r place options; do
    name=\${place##*/}
    options=$(echo "$options" | sed 's/^r[wo],//; s/,\\?\\(xattr\\|clone_children\\|noprefix\\),\\?/,/g; s/,\\?release_agent=[^,]*//; s/^,//; s/,$//')
    case $options in name=*) options=none,$options ;; esac
    mkdir -p "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name" || rmdir "/sys/fs/cgroup/$name"
    # Programs look for a controller under its own name where two share a hierarchy.
    case $name in *,*) for alias in $(echo "$name" | tr , ' '); do ln -sfn "$name" "/sys/fs/cgroup/$alias"; done ;; esac
  done
fi`;

/** Each machine writes hosts of its own into it; what a cluster added to the host's is no part of the copy. */
const OWN_HOSTS_FILE = `sed '/^# minik8s .*, begin$/,/^# minik8s .*, end$/d' /etc/hosts >/run/hosts
mount --bind /run/hosts /etc/hosts`;

/** For \`sh -c\` on the host. Ends as the machine's first process; the process that \`unshare\` leaves outside waits for it. */
export function renderBoot({ name, cgroup, dockerFolder, readyFile }: BootPlan): string {
  const inside = `set -e
hostname ${name}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/docker /run/lock ${dockerFolder} /var/lib/docker
mount --bind ${dockerFolder} /var/lib/docker
${OWN_HOSTS_FILE}
${MOUNT_CGROUPS}
touch ${readyFile}
exec catatonit -P`;
  return `set -e
${enterCgroup(cgroup)}
exec unshare --net --mount --uts --ipc --pid --cgroup --fork --kill-child --mount-proc --propagation private sh -c '${inside.replace(/'/g, `'\\''`)}'`;
}

/** Runs its arguments as a process of the machine it was moved into: in the control group that is the machine's root. */
export const ENTER_SCRIPT = `
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo 0 >/sys/fs/cgroup/init/cgroup.procs
else for file in /sys/fs/cgroup/*/cgroup.procs; do echo 0 >"$file" 2>/dev/null || true; done; fi
exec "$@"`;

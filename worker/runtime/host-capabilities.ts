/**
 * What this machine's root may do, for privileged containers where it may not do everything.
 *
 * `Privileged` gives a container all capabilities there are; on a machine whose root lacks one (a sandboxed virtual machine), runc
 * fails with "unable to apply caps". There a privileged container gets what the machine has, and otherwise what privilege means:
 * all devices, nothing masked, nothing filtered. https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/
 */
import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';

/** By number, as far as every Docker knows them (linux/capability.h). */
const NAMES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ'.split(
    ' ',
  );

/** Names in the effective set of a /proc/PID/status; undefined when it has them all, or says nothing. Pure. */
export function partialCapabilities(statusText: string): readonly string[] | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(statusText)?.[1];
  if (mask === undefined) return undefined;
  const bits = BigInt(`0x${mask}`);
  const had = NAMES.filter((_, index) => ((bits >> BigInt(index)) & 1n) === 1n);
  return had.length === NAMES.length ? undefined : had;
}

/** undefined: everything, as far as we can tell; only root shares its machine's limits with Docker. */
export function hostCapabilities(): readonly string[] | undefined {
  return process.getuid?.() === 0 ? partialCapabilities(readFileSync('/proc/self/status', 'utf8')) : undefined;
}

/** Privilege on this machine, as Docker takes it. */
export function privilegeOf(capabilities: readonly string[] | undefined): Docker.HostConfig {
  if (capabilities === undefined) return { Privileged: true };
  return {
    CapAdd: [...capabilities],
    CapDrop: [],
    MaskedPaths: [],
    ReadonlyPaths: [],
    Devices: [{ PathOnHost: '/dev', PathInContainer: '/dev', CgroupPermissions: 'rwm' }],
    DeviceCgroupRules: ['a *:* rwm'],
  };
}

/** Numbers of Linux that strace shows by name, and the drivers of Falco by number. */
import { errnoNumber, SIGNALS } from '../../engine/index.ts';

/** Errors that libsinsp has no name for (asm-generic/errno.h). */
const NEWER_ERRORS: readonly (readonly [string, number])[] = [
  ['EWOULDBLOCK', 11],
  ['EDEADLOCK', 35],
  ['ENOTSUP', 95],
  ['ENOKEY', 126],
  ['EKEYEXPIRED', 127],
  ['EKEYREVOKED', 128],
  ['EKEYREJECTED', 129],
  ['EOWNERDEAD', 130],
  ['ENOTRECOVERABLE', 131],
  ['ERFKILL', 132],
  ['EHWPOISON', 133],
];

const ERRORS: ReadonlyMap<string, number> = new Map(NEWER_ERRORS);

/** The number of an error by its name, or `ERRNO_200`. */
export function errorNumber(name: string): number | undefined {
  return name.startsWith('ERRNO_') ? Number(name.slice(6)) : (ERRORS.get(name) ?? errnoNumber(name));
}

const SIGNAL_NUMBERS: ReadonlyMap<string, number> = new Map(
  SIGNALS.flatMap((name, number) => (name === undefined ? [] : [[name, number] as const])),
);

/** The number of a signal by its name, also `SIGRT_1`, or in digits; 0 if it is neither. */
export function signalNumber(name: string): number {
  const known = SIGNAL_NUMBERS.get(name);
  if (known !== undefined) return known;
  const realTime = /^SIGRT(?:MIN|_(\d+))$/.exec(name);
  if (realTime !== null) return 32 + Number(realTime[1] ?? 0);
  return /^\d{1,3}$/.test(name) ? Number(name) & 0xff : 0;
}

/** Names with their bits. */
export type Bits = Readonly<Record<string, number>>;

/** Bits of the type of a socket (linux/net.h, asm-generic/fcntl.h); the names of the types stand for numbers. */
export const SOCKET_TYPE: Bits = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_RDM: 4,
  SOCK_SEQPACKET: 5,
  SOCK_DCCP: 6,
  SOCK_PACKET: 10,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
};

/** Protocols of sockets (linux/in.h) and of netlink (linux/netlink.h); all others stand in digits. */
export const PROTOCOL: Bits = {
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IPPROTO_IGMP: 2,
  IPPROTO_IPIP: 4,
  IPPROTO_TCP: 6,
  IPPROTO_EGP: 8,
  IPPROTO_PUP: 12,
  IPPROTO_UDP: 17,
  IPPROTO_IDP: 22,
  IPPROTO_TP: 29,
  IPPROTO_DCCP: 33,
  IPPROTO_IPV6: 41,
  IPPROTO_RSVP: 46,
  IPPROTO_GRE: 47,
  IPPROTO_ESP: 50,
  IPPROTO_AH: 51,
  IPPROTO_ICMPV6: 58,
  IPPROTO_MTP: 92,
  IPPROTO_BEETPH: 94,
  IPPROTO_ENCAP: 98,
  IPPROTO_PIM: 103,
  IPPROTO_COMP: 108,
  IPPROTO_SCTP: 132,
  IPPROTO_UDPLITE: 136,
  IPPROTO_MPLS: 137,
  IPPROTO_RAW: 255,
  IPPROTO_MPTCP: 262,
  NETLINK_ROUTE: 0,
  NETLINK_UNUSED: 1,
  NETLINK_USERSOCK: 2,
  NETLINK_FIREWALL: 3,
  NETLINK_SOCK_DIAG: 4,
  NETLINK_NFLOG: 5,
  NETLINK_XFRM: 6,
  NETLINK_SELINUX: 7,
  NETLINK_ISCSI: 8,
  NETLINK_AUDIT: 9,
  NETLINK_FIB_LOOKUP: 10,
  NETLINK_CONNECTOR: 11,
  NETLINK_NETFILTER: 12,
  NETLINK_IP6_FW: 13,
  NETLINK_DNRTMSG: 14,
  NETLINK_KOBJECT_UEVENT: 15,
  NETLINK_GENERIC: 16,
  NETLINK_SCSITRANSPORT: 18,
  NETLINK_ECRYPTFS: 19,
  NETLINK_RDMA: 20,
  NETLINK_CRYPTO: 21,
};

/** Bits of files in calls whose flags the driver passes on as they are (asm-generic/fcntl.h). */
export const FILE_BITS: Bits = { O_NONBLOCK: 0o4000, O_CLOEXEC: 0o2000000, UFFD_USER_MODE_ONLY: 1 };

/** Flags of what is waited for on fds, as the driver of Falco numbers them (PPM_POLL*). */
export const POLL: Bits = {
  POLLIN: 1 << 0,
  POLLPRI: 1 << 1,
  POLLOUT: 1 << 2,
  POLLRDHUP: 1 << 3,
  POLLERR: 1 << 4,
  POLLHUP: 1 << 5,
  POLLNVAL: 1 << 6,
  POLLRDNORM: 1 << 7,
  POLLRDBAND: 1 << 8,
  POLLWRNORM: 1 << 9,
  POLLWRBAND: 1 << 10,
};

/** Clocks (linux/time.h). */
export const CLOCKS: readonly string[] = [
  'CLOCK_REALTIME',
  'CLOCK_MONOTONIC',
  'CLOCK_PROCESS_CPUTIME_ID',
  'CLOCK_THREAD_CPUTIME_ID',
  'CLOCK_MONOTONIC_RAW',
  'CLOCK_REALTIME_COARSE',
  'CLOCK_MONOTONIC_COARSE',
  'CLOCK_BOOTTIME',
  'CLOCK_REALTIME_ALARM',
  'CLOCK_BOOTTIME_ALARM',
];

/** Operations of seccomp (linux/seccomp.h). */
export const SECCOMP: readonly string[] = [
  'SECCOMP_SET_MODE_STRICT',
  'SECCOMP_SET_MODE_FILTER',
  'SECCOMP_GET_ACTION_AVAIL',
  'SECCOMP_GET_NOTIF_SIZES',
];

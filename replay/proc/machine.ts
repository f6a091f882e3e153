import { cpus, hostname, networkInterfaces, totalmem } from 'node:os';
import {
  readAddress,
  toBytes,
  type GroupSnapshot,
  type InterfaceSnapshot,
  type IpAddress,
  type MachineInfo,
  type UserSnapshot,
} from '../../engine/index.ts';
import { readBytes } from './files.ts';
import { bootTime } from './program.ts';

/** This machine. */
export function readMachine(): MachineInfo {
  return {
    cpus: cpus().length,
    memory: totalmem(),
    maxPid: Number(readBytes('/proc/sys/kernel/pid_max') ?? 0),
    hostname: toBytes(hostname()),
    bootTime: bootTime(),
    flags: 0,
  };
}

/** The addresses of its network interfaces. */
export function readInterfaces(): InterfaceSnapshot[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map((entry) => {
      const address = readAddress(entry.address);
      const netmask = readAddress(entry.netmask);
      return {
        family: entry.family === 'IPv4' ? ('ipv4' as const) : ('ipv6' as const),
        name: toBytes(name),
        address,
        netmask,
        broadcast: broadcastOf(address, netmask),
        linkSpeed: 0,
      };
    }),
  );
}

function broadcastOf(address: IpAddress, netmask: IpAddress): IpAddress {
  return typeof address === 'number' && typeof netmask === 'number'
    ? (address | ~netmask) >>> 0
    : '\0'.repeat(16);
}

/** The fields of the lines of a file such as /etc/passwd. */
const linesOf = (path: string) =>
  (readBytes(path) ?? '')
    .split('\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line) => line.split(':'));

/** The users of /etc/passwd (passwd(5)). */
export function readUsers(): UserSnapshot[] {
  return linesOf('/etc/passwd').map(([name = '', , uid = '', gid = '', , homedir = '', shell = '']) => ({
    uid: Number(uid) >>> 0,
    gid: Number(gid) >>> 0,
    name,
    homedir,
    shell,
  }));
}

/** The groups of /etc/group (group(5)). */
export function readGroups(): GroupSnapshot[] {
  return linesOf('/etc/group').map(([name = '', , gid = '']) => ({ gid: Number(gid) >>> 0, name }));
}

/** A container that a recording is told to be in: the facts that let rules take it for one. */
import { createHash } from 'node:crypto';
import { toBytes, type ByteString, type Int, type ThreadSnapshot } from '../../engine/index.ts';
import { blankThread } from './threads.ts';

export interface AssumedContainer {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** What Falco's container plug-in would tell of it (container_info_json.cpp). */
  readonly json: ByteString;
  /** The control groups of its processes. */
  readonly cgroups: ByteString;
}

/** CT_DOCKER of Falco's container plug-in. */
const DOCKER = 0;
const SUBSYSTEMS = ['cpuset', 'cpu', 'cpuacct', 'io', 'memory'];

/** A container of docker with this image, `nginx:1.25`. Its id depends on nothing but the image. */
export function assumeContainer(image: string): AssumedContainer {
  const id = createHash('sha256').update(image).digest('hex');
  const [named = '', digest = ''] = image.split('@');
  const colon = named.lastIndexOf(':');
  // A colon before a slash belongs to the port of a registry.
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : digest === '' ? 'latest' : '';
  const container = {
    type: DOCKER,
    id: id.slice(0, 12),
    full_id: id,
    name: 'recorded',
    image,
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
    privileged: false,
    labels: {},
    Mounts: [],
  };
  return {
    id,
    json: toBytes(JSON.stringify({ container })),
    cgroups: SUBSYSTEMS.map((name) => `${name}=/system.slice/docker-${id}.scope\0`).join(''),
  };
}

/**
 * The capabilities that docker leaves to a container (moby, oci/caps/defaults.go): CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
 * NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.
 */
const CAPABILITIES = 0xa80425fb;

/** A process of a container. */
export function insideOf(container: AssumedContainer, process: ThreadSnapshot): ThreadSnapshot {
  const left = (set: Int) => Number(BigInt(set) & BigInt(CAPABILITIES));
  return {
    ...process,
    cgroups: container.cgroups,
    capPermitted: left(process.capPermitted),
    capEffective: left(process.capEffective),
    capInheritable: left(process.capInheritable),
  };
}

/**
 * The processes above the first one of a container, as a machine with docker has them: the shim, here with an id that is free, and systemd.
 */
export function containerAncestors({ id }: AssumedContainer, shim: number): ThreadSnapshot[] {
  return [
    {
      ...blankThread(shim),
      ...{ ptid: 1, sid: shim, pgid: shim, vpgid: shim, cwd: '/' },
      comm: 'containerd-shim',
      exe: '/usr/bin/containerd-shim-runc-v2',
      exepath: '/usr/bin/containerd-shim-runc-v2',
      args: ['-namespace', 'moby', '-id', id, '-address', '/run/containerd/containerd.sock', ''].join('\0'),
    },
    {
      ...blankThread(1),
      ...{ sid: 1, pgid: 1, vpgid: 1, cwd: '/' },
      comm: 'systemd',
      exe: '/sbin/init',
      exepath: '/usr/lib/systemd/systemd',
    },
  ];
}

/** What the first process of a container runs before its program. */
export const RUNC = {
  comm: 'runc:[2:INIT]',
  exe: 'runc',
  args: 'init\0',
  exepath: '/usr/sbin/runc',
} as const;

/**
 * Which container a process is in, from the path of one of its control groups: the matchers of Falco's container plug-in
 * (plugins/container/src/matchers), with their misreadings. In particular, what looks like `/namespace/id` to the matcher of containerd need not
 * be one: processes below `/user.slice/user-1000.slice/…` can be in a container `user-1000.sl`.
 */
import type { ByteString } from '../bytes.ts';
import { CONTAINER_TYPE, type ContainerType } from './container.ts';

/** What a path says. */
export interface CgroupMatch {
  /** The container's short id. */
  readonly id: ByteString;
  /** Its type, for the engines that know no more than that; undefined where the runtime will tell (docker, podman, CRI, containerd). */
  readonly type: ContainerType | undefined;
}

const FULL_ID = 64;
const SHORT_ID = 12;
const NOT_HEX = /[^0-9a-fA-F]/g;

/** Where an id stands: between the last `prefix` and the last `suffix`. */
type Layout = readonly (readonly [prefix: string, suffix: string])[];

const PODMAN: Layout = [
  ['/libpod-', '.scope'],
  ['/libpod-', '.scope/container'],
  ['/libpod-', ''],
  ['/libpod-payload-', '.scope'],
  ['/libpod-payload-', '.scope/container'],
  ['/libpod-payload-', ''],
];
const DOCKER: Layout = [
  ['/', ''],
  ['/docker-', '.scope'],
];
const CRI: Layout = [
  ['/', ''],
  ['/crio-', ''],
  ['/cri-containerd-', '.scope'],
  ['/crio-', '.scope'],
  [':cri-containerd:', ''],
  ['/docker-', '.scope'],
];

/** A path component of the form of containerd's namespaces, with the slashes round it. */
const NAMESPACE = /\/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\//;
const SYSTEMD_UNIT = /\.(?:service|slice|scope)$/;
const LXC = ['/lxc/', '/lxc.payload/', '/lxc.payload.'];
const BPM_ID = /^[a-zA-Z0-9._-]+$/;

/** What stands between the last `prefix` and the last `suffix`: its start and length. A negative length means that the order is wrong. */
function between(cgroup: ByteString, prefix: string, suffix: string): [number, number] | undefined {
  const at = cgroup.lastIndexOf(prefix);
  if (at < 0) return undefined;
  const start = at + prefix.length;
  const end = suffix === '' ? cgroup.length : cgroup.lastIndexOf(suffix);
  return end < 0 ? undefined : [start, end - start];
}

/** An id of 64 hexadecimal digits. The plug-in compares where the digits end with 64 from the start of the whole path. */
function matchRunc(cgroup: ByteString, layout: Layout): ByteString | undefined {
  for (const [prefix, suffix] of layout) {
    const place = between(cgroup, prefix, suffix);
    if (place === undefined || place[1] !== FULL_ID) continue;
    NOT_HEX.lastIndex = place[0];
    const other = NOT_HEX.exec(cgroup);
    if (other === null || other.index >= FULL_ID) return cgroup.slice(place[0], place[0] + SHORT_ID);
  }
  return undefined;
}

/** `/namespace/id`, where an id of containerd may be any text up to 64 bytes. */
function matchContainerd(cgroup: ByteString): ByteString | undefined {
  const namespace = NAMESPACE.exec(cgroup)?.[0];
  if (namespace === undefined) return undefined;
  const id = matchRunc(cgroup, [[namespace, '']]);
  if (id !== undefined) return id;
  const [start, length] = between(cgroup, namespace, '')!;
  if (length === 0 || length > FULL_ID || SYSTEMD_UNIT.test(cgroup)) return undefined;
  return cgroup.slice(start, start + Math.min(length, SHORT_ID));
}

function matchLxc(cgroup: ByteString): ByteString | undefined {
  for (const prefix of LXC) {
    const at = cgroup.indexOf(prefix);
    if (at >= 0) return cgroup.slice(at + prefix.length).split('/', 1)[0]!;
  }
  return undefined;
}

function matchLibvirtLxc(cgroup: ByteString): ByteString | undefined {
  const plain = cgroup.indexOf('.libvirt-lxc');
  const slash = cgroup.lastIndexOf('/');
  if (plain >= 0 && plain === cgroup.length - '.libvirt-lxc'.length && slash >= 0)
    return cgroup.slice(slash + 1, plain);

  // The `-` of systemd's escape `\x2d`, of which the last letter is skipped unseen.
  const escaped = cgroup.indexOf('-lxc\\x2');
  if (escaped >= 0) {
    const ending = cgroup.includes('.scope/libvirt') ? '.scope/libvirt' : '.scope';
    const start = escaped + '-lxc\\x2d'.length;
    const end = cgroup.indexOf(ending);
    if (end >= 0 && end === cgroup.length - ending.length)
      return end < start ? cgroup.slice(start) : cgroup.slice(start, end);
  }

  const legacy = cgroup.indexOf('/libvirt/lxc/');
  return legacy < 0 ? undefined : cgroup.slice(legacy + '/libvirt/lxc/'.length);
}

function matchBpm(cgroup: ByteString): ByteString | undefined {
  const at = cgroup.indexOf('bpm-');
  if (at < 0) return undefined;
  const start = at + 'bpm-'.length;
  const end = cgroup.indexOf('.scope', start);
  const id = end < 0 ? cgroup.slice(start) : cgroup.slice(start, end);
  return BPM_ID.test(id) ? id : undefined;
}

const MATCHERS: readonly (readonly [
  match: (cgroup: ByteString) => ByteString | undefined,
  type: ContainerType | undefined,
])[] = [
  [(cgroup) => matchRunc(cgroup, PODMAN), undefined],
  [(cgroup) => matchRunc(cgroup, DOCKER), undefined],
  [(cgroup) => matchRunc(cgroup, CRI), undefined],
  [matchContainerd, undefined],
  [matchLxc, CONTAINER_TYPE.LXC],
  [matchLibvirtLxc, CONTAINER_TYPE.LIBVIRT_LXC],
  [matchBpm, CONTAINER_TYPE.BPM],
];

/** The container that the path of a control group names, if any. */
export function matchCgroup(cgroup: ByteString): CgroupMatch | undefined {
  for (const [match, type] of MATCHERS) {
    const id = match(cgroup);
    if (id !== undefined) return { id, type };
  }
  return undefined;
}

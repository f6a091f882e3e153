import type { Int } from '../bytes.ts';
import type { Container } from '../state/container.ts';
import { mountFields } from './container-mount.ts';
import { containerOf } from './container-of.ts';
import { podFields, retiredKubernetesFields } from './container-pod.ts';
import type { Event } from '../event.ts';
import type { Extracted, Field, FieldClass, FieldType } from './define.ts';

/** A field that is one member of the container's description. */
function member(
  name: string,
  type: FieldType,
  desc: string,
  read: (container: Container) => Extracted,
  suggested?: true,
): Field {
  return {
    name,
    type,
    desc,
    ...(suggested && { suggested }),
    get: (event) => {
      const container = containerOf(event);
      return container && read(container);
    },
  };
}

/** A field that never has a value and is there so that old rules load. */
function retired(name: string, type: FieldType): Field {
  return {
    name,
    type,
    desc: 'Never has a value; old rules that use it still load.',
    get: () => undefined,
  };
}

/** When the first process of the thread's pid namespace started; undefined if unknown, and for events that announce containers. */
function startOf(event: Event): Int | undefined {
  if (event.machine?.containers.toldBy(event) !== undefined) return undefined;
  return event.thread?.pidnsInitStart || undefined;
}

const containerFields: readonly Field[] = [
  {
    name: 'container.id',
    type: 'CHARBUF',
    desc: "First 12 characters of the container's id, or `host` outside of containers. It comes from the control groups of the process, so that it is there even where nothing else is known of the container.",
    suggested: true,
    get: (event) => containerOf(event)?.id ?? event.thread?.containerId,
  },
  member('container.full_id', 'CHARBUF', 'Whole id of the container.', (c) => c.fullId),
  member(
    'container.name',
    'CHARBUF',
    'Name of the container, or `host` outside of containers.',
    (c) => c.name,
    true,
  ),
  member(
    'container.image',
    'CHARBUF',
    'Image that the container was started from, with its tag: `falcosecurity/falco:latest`.',
    (c) => c.image,
  ),
  member('container.image.id', 'CHARBUF', 'Id of the image.', (c) => c.imageId),
  member(
    'container.type',
    'CHARBUF',
    'What runs the container: `docker`, `podman`, `containerd`, `cri-o`, `lxc`, …; `host` outside of containers.',
    (c) => c.typeName,
  ),
  member(
    'container.privileged',
    'BOOL',
    'Whether the container runs with all privileges.',
    (c) => c.privileged,
  ),
  member(
    'container.mounts',
    'CHARBUF',
    'All mounts of the container, with commas between them, each as `source:destination:mode:writable:propagation`.',
    (c) => c.mountsText,
  ),
  ...mountFields,
  member(
    'container.image.repository',
    'CHARBUF',
    'Image that the container was started from, without its tag: `falcosecurity/falco`.',
    (c) => c.imageRepository,
    true,
  ),
  member('container.image.tag', 'CHARBUF', 'Tag of the image: `latest`.', (c) => c.imageTag, true),
  member(
    'container.image.digest',
    'CHARBUF',
    'Digest of the image in its registry: `sha256:…`.',
    (c) => c.imageDigest,
  ),
  retired('container.healthcheck', 'CHARBUF'),
  retired('container.liveness_probe', 'CHARBUF'),
  retired('container.readiness_probe', 'CHARBUF'),
  {
    name: 'container.start_ts',
    type: 'ABSTIME',
    desc: 'When the container started, as the kernel tells it (`proc.pidns_init_start_ts`): nanoseconds since 1970.',
    get: startOf,
  },
  {
    name: 'container.duration',
    type: 'RELTIME',
    desc: 'Age of the container in nanoseconds, counted from `container.start_ts`.',
    get: (event) => {
      const start = startOf(event);
      if (start === undefined) return undefined;
      const duration = BigInt.asUintN(64, event.time - BigInt(start));
      return duration <= Number.MAX_SAFE_INTEGER ? Number(duration) : duration;
    },
  },
  member('container.ip', 'CHARBUF', 'First IPv4 address of the container.', (c) => c.ip),
  member(
    'container.cni.json',
    'CHARBUF',
    'What the network plug-in (CNI) answered for the container, as JSON text: the addresses of every interface. Only CRI runtimes have it.',
    (c) => c.cniJson,
  ),
  member(
    'container.host_pid',
    'BOOL',
    "Whether the container shares the host's pid namespace.",
    (c) => c.hostPid,
  ),
  member(
    'container.host_network',
    'BOOL',
    "Whether the container shares the host's network namespace.",
    (c) => c.hostNetwork,
  ),
  member(
    'container.host_ipc',
    'BOOL',
    "Whether the container shares the host's IPC namespace.",
    (c) => c.hostIpc,
  ),
  {
    name: 'container.label',
    type: 'CHARBUF',
    arg: { required: true, key: 'NAME' },
    desc: "Value of one of the container's labels: `container.label[maintainer]`.",
    get: () => undefined,
    bind: (arg) => (arg === undefined ? undefined : { get: (event) => containerOf(event)?.labels.get(arg) }),
  },
  member(
    'container.labels',
    'CHARBUF',
    'Labels of the container as `name:value, name:value`, without those that begin with `annotation.` or `io.kubernetes.`.',
    (c) => c.labelsText,
  ),
  retired('proc.is_container_healthcheck', 'BOOL'),
  retired('proc.is_container_liveness_probe', 'BOOL'),
  retired('proc.is_container_readiness_probe', 'BOOL'),
];

/** `container.*` and `k8s.*`: the fields of Falco's container plug-in. */
export const containerClass: FieldClass = {
  name: 'container (plugin)',
  source: 'syscall',
  desc: 'The container that the process is in, and its pod, as the container runtime describes them. All but `container.id`, `container.start_ts` and `container.duration` are missing until the recording has the answer of the runtime.',
  fields: [...containerFields, ...podFields, ...retiredKubernetesFields],
};

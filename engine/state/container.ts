import type { ByteString } from '../bytes.ts';

/** Numbers of container types: `container_type` of Falco's container plug-in. */
export const CONTAINER_TYPE = {
  DOCKER: 0,
  LXC: 1,
  LIBVIRT_LXC: 2,
  MESOS: 3,
  RKT: 4,
  CUSTOM: 5,
  CRI: 6,
  CONTAINERD: 7,
  CRIO: 8,
  BPM: 9,
  STATIC: 10,
  PODMAN: 11,
  HOST: 0xfffe,
  UNKNOWN: 0xffff,
} as const;
/** One of CONTAINER_TYPE; captures may hold other numbers. */
export type ContainerType = number;

/** What `container.type` shows; other types have no name. */
const TYPE_NAMES: ReadonlyMap<ContainerType, string> = new Map([
  [CONTAINER_TYPE.DOCKER, 'docker'],
  [CONTAINER_TYPE.LXC, 'lxc'],
  [CONTAINER_TYPE.LIBVIRT_LXC, 'libvirt-lxc'],
  [CONTAINER_TYPE.MESOS, 'mesos'],
  [CONTAINER_TYPE.RKT, 'rkt'],
  [CONTAINER_TYPE.CRI, 'cri'],
  [CONTAINER_TYPE.CONTAINERD, 'containerd'],
  [CONTAINER_TYPE.CRIO, 'cri-o'],
  [CONTAINER_TYPE.BPM, 'bpm'],
  [CONTAINER_TYPE.PODMAN, 'podman'],
  [CONTAINER_TYPE.HOST, 'host'],
]);

/** Types of containers by what `container.type` shows. */
export const CONTAINER_TYPES: ReadonlyMap<string, ContainerType> = new Map(
  [...TYPE_NAMES].map(([type, name]) => [name, type]),
);

/** One file system that is mounted into a container. */
export interface Mount {
  readonly source: ByteString;
  readonly destination: ByteString;
  readonly mode: ByteString;
  readonly writable: boolean;
  readonly propagation: ByteString;
}

/** `source:destination:mode:writable:propagation` */
export function mountText(mount: Mount): ByteString {
  return `${mount.source}:${mount.destination}:${mount.mode}:${String(mount.writable)}:${mount.propagation}`;
}

/** Labels by name. */
export type Labels = ReadonlyMap<ByteString, ByteString>;

const NO_LABELS: Labels = new Map();

/** One container, as its runtime described it: container_info of Falco's container plug-in. Unknown texts are empty. */
export class Container {
  id: ByteString = '';
  fullId: ByteString = '';
  type: ContainerType = CONTAINER_TYPE.UNKNOWN;
  name: ByteString = '';
  image: ByteString = '';
  imageId: ByteString = '';
  imageRepository: ByteString = '';
  imageTag: ByteString = '';
  imageDigest: ByteString = '';
  ip: ByteString = '';
  /** The user that the image or the pod names. */
  user: ByteString = '';
  privileged = false;
  hostPid = false;
  hostNetwork = false;
  hostIpc = false;
  mounts: readonly Mount[] = [];
  labels: Labels = NO_LABELS;
  podSandboxId: ByteString = '';
  podSandboxLabels: Labels = NO_LABELS;
  /** The answer of the network plug-in, as JSON text. */
  cniJson: ByteString = '';

  #mountsText: ByteString | undefined = undefined;
  #labelsText: ByteString | undefined = undefined;
  #podLabelsText: ByteString | undefined = undefined;

  get typeName(): string {
    return TYPE_NAMES.get(this.type) ?? '';
  }

  /** All mounts, with commas between them. */
  get mountsText(): ByteString {
    return (this.#mountsText ??= this.mounts.map(mountText).join(','));
  }

  /** The labels as `container.labels` shows them. */
  get labelsText(): ByteString {
    return (this.#labelsText ??= labelsText(this.labels));
  }

  /** The labels of its pod as `k8s.pod.labels` shows them. */
  get podLabelsText(): ByteString {
    return (this.#podLabelsText ??= labelsText(this.podSandboxLabels));
  }
}

/** `name:value, name, …` in the order of the names, without those that Kubernetes and CRI set for themselves. */
function labelsText(labels: Labels): ByteString {
  return [...labels.keys()]
    .filter((name) => !name.startsWith('annotation.') && !name.startsWith('io.kubernetes.'))
    .sort()
    .map((name) => (labels.get(name) === '' ? name : `${name}:${labels.get(name)}`))
    .join(', ');
}

/** What stands for the machine itself among the containers. */
export function hostContainer(): Container {
  const host = new Container();
  host.id = host.fullId = host.name = 'host';
  host.type = CONTAINER_TYPE.HOST;
  return host;
}

import {
  ByteBuffer,
  CONTAINER_TYPES,
  Event,
  EVENTS,
  eventFromJson,
  toBytes,
  type ByteString,
  type Machine,
  type Thread,
} from '../../../../engine/index.ts';
import type { ContainerDraft, MountDraft } from '../draft.ts';
import type { Defaults } from '../defaults.ts';

/** The container that is meant where no fact names one. */
const DEFAULT_ID = '7e57c0de0000';
const DEFAULT_TYPE = 'containerd';
/** The pod's sandbox: an id of which nothing is known. */
const DEFAULT_SANDBOX = '5a4dbc0de000'.padEnd(64, '0');
const HOST = 'host';
/** Types whose ids are as long as they are. */
const WITH_LONG_IDS = ['lxc', 'libvirt-lxc', 'bpm'];
const SHORT_ID = 12;
const FULL_ID = 64;
const HEX_ID = /^[0-9a-f]{12}$/;

const ASYNC = EVENTS.find(({ symbol }) => symbol === 'ASYNCEVENT_E')!;

/** What a scene knows of one container: all that its events said of it. */
interface Known {
  readonly id: ByteString;
  type: ByteString;
  fullId: ByteString;
  readonly members: { [name: string]: string | boolean };
  readonly labels: { [name: string]: string };
  readonly podLabels: { [name: string]: string };
  readonly mounts: Map<string, MountDraft>;
  described: boolean;
}

/** The containers of a scene: found by control groups and described by events, as Falco's container plug-in has it. */
export class Containers {
  readonly #machine: Machine;
  readonly #known = new Map<ByteString, Known>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Makes a container as a draft says. Gives the control groups of its processes; undefined if no fact is about a container, '' for the
   * host.
   *
   * @param current The id of the container that the process is in already; '' is the host.
   */
  settle(draft: ContainerDraft, current: ByteString, defaults: Defaults): ByteString | undefined {
    const names = [draft.id, draft.type, draft.members['name']];
    if (names.includes(HOST) && (draft.id ?? HOST) === HOST) return '';
    if (draft.id === undefined && !draft.described) return undefined;
    if (draft.id === undefined && current === '') defaults.note('container.id', DEFAULT_ID);
    const id = draft.id ?? (current === '' ? DEFAULT_ID : current);
    let known = this.#known.get(id);
    if (known === undefined) {
      const type = draft.type ?? DEFAULT_TYPE;
      const fullId = draft.fullId ?? (HEX_ID.test(id) ? id.padEnd(FULL_ID, '0') : id);
      known = {
        id,
        type,
        fullId,
        members: {},
        labels: {},
        podLabels: {},
        mounts: new Map(),
        described: false,
      };
      this.#known.set(id, known);
    }
    if (draft.type !== undefined) known.type = draft.type;
    if (draft.fullId !== undefined) known.fullId = draft.fullId;
    Object.assign(known.members, draft.members);
    Object.assign(known.labels, draft.labels);
    Object.assign(known.podLabels, draft.podLabels);
    for (const [key, mount] of draft.mounts) known.mounts.set(key, { ...known.mounts.get(key), ...mount });
    known.described ||= draft.described;
    if (known.described) this.#tell(known);
    return `cpu=${cgroupOf(known)}\0`;
  }

  /** Puts a thread in the container that its control groups name. */
  place(thread: Thread, cgroups: ByteString): void {
    if (cgroups === '') thread.cgroups = [];
    else thread.setCgroups(cgroups);
    this.#machine.containers.start([thread]);
    // The plug-in forgets what it knew of a container whose control group says all that can be known.
    const known = this.#known.get(thread.containerId);
    if (known?.described === true) this.#tell(known);
  }

  /** Gives a container the address by which connections know their end in it. */
  setAddress(id: ByteString, ip: string): void {
    const known = this.#known.get(id);
    if (known === undefined || known.members['ip'] !== undefined) return;
    known.members['ip'] = ip;
    this.#tell(known);
  }

  /** The text with which the container plug-in describes a container. */
  description(id: ByteString): ByteString {
    const known = this.#known.get(id);
    return known === undefined ? '' : describe(known);
  }

  #tell(known: Known): void {
    const event = new Event();
    const params = { plugin_id: 0, name: 'container', data: describe(known) };
    eventFromJson({ info: ASYNC, time: 0, tid: 0, params }, new ByteBuffer(), event);
    this.#machine.containers.apply(event, this.#machine);
  }
}

/** A control group that the plug-in takes for one of this container. */
function cgroupOf({ type, id, fullId }: Known): ByteString {
  switch (type) {
    case 'docker':
      return `/docker/${fullId}`;
    case 'podman':
      return `/machine.slice/libpod-${fullId}.scope`;
    case 'cri-o':
      return `/kubepods.slice/crio-${fullId}.scope`;
    case 'lxc':
      return `/lxc.payload.${id}`;
    case 'libvirt-lxc':
      return `/${id}.libvirt-lxc`;
    case 'bpm':
      return `/bpm-${id}`;
    default:
      return `/scene/${fullId}`;
  }
}

function describe(known: Known): ByteString {
  const { id, fullId, members, labels, podLabels, mounts } = known;
  const type = CONTAINER_TYPES.get(known.type)!;
  const hasPod = Object.keys(podLabels).length > 0;
  const container = {
    type,
    id: WITH_LONG_IDS.includes(known.type) ? id : id.slice(0, SHORT_ID),
    full_id: fullId,
    ...(hasPod && { pod_sandbox_id: DEFAULT_SANDBOX }),
    ...imageOf(members),
    ...members,
    labels,
    pod_sandbox_labels: podLabels,
    Mounts: distinct(mounts).map((mount) => ({
      Source: mount.source ?? mount.destination ?? '',
      Destination: mount.destination ?? mount.source ?? '',
      Mode: mount.mode ?? '',
      RW: mount.writable ?? true,
      Propagation: mount.propagation ?? 'rprivate',
    })),
  };
  return toBytes(JSON.stringify({ container }));
}

/** Those that are known by their places, then those that patterns tell of, unless they are the same. */
function distinct(mounts: Known['mounts']): MountDraft[] {
  const all: MountDraft[] = [];
  for (const [key, mount] of mounts) if (/^\d+$/.test(key)) all[Number(key)] = mount;
  const placed = Array.from(all, (mount) => mount ?? {});
  for (const [key, mount] of mounts)
    if (!/^\d+$/.test(key) && !placed.some(({ source }) => source !== undefined && source === mount.source))
      placed.push(mount);
  return placed;
}

/** An image by its repository and tag, and those by it. */
function imageOf(members: Known['members']): Known['members'] {
  const { image, imagerepo, imagetag } = members;
  if (typeof image === 'string') {
    const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]*))?(?:@.*)?$/.exec(image) ?? [];
    return { imagerepo: repository, imagetag: tag };
  }
  if (typeof imagerepo !== 'string') return {};
  return { image: `${imagerepo}:${typeof imagetag === 'string' ? imagetag : 'latest'}` };
}

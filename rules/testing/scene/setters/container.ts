/** Fields of the container of an event and of its pod. */
import { CONTAINER_TYPES, didYouMean, fromBytes } from '../../../../engine/index.ts';
import type { ContainerDraft, Draft, MountDraft, Setter, Setters } from '../draft.ts';
import type { Given } from '../given.ts';

/** A field that is one member of the plug-in's JSON. */
const member =
  (name: string): Setter =>
  ({ container }, given) => {
    container.members[name] = fromBytes(given.text());
    container.described = true;
  };

const flag =
  (name: string): Setter =>
  ({ container }, given) => {
    container.members[name] = given.flag();
    container.described = true;
  };

type LabelSet = 'labels' | 'podLabels';

function setLabel(container: ContainerDraft, set: LabelSet, name: string, value: string): void {
  container[set][name] = value;
  container.described = true;
}

/** A label with a field of its own. */
const label =
  (set: LabelSet, name?: string): Setter =>
  ({ container }, given) =>
    setLabel(container, set, name ?? fromBytes(given.arg), fromBytes(given.text()));

/** `name:value, name`, or a list of them. */
const labels =
  (set: LabelSet): Setter =>
  ({ container }, given) => {
    const all = typeof given.value === 'object' ? given.texts() : given.text().split(', ');
    container.described = true;
    for (const text of all.map(fromBytes)) {
      const colon = text.indexOf(':');
      if (text !== '')
        setLabel(
          container,
          set,
          colon < 0 ? text : text.slice(0, colon),
          colon < 0 ? '' : text.slice(colon + 1),
        );
    }
  };

function mountAt({ container }: Draft, key: string): MountDraft {
  let mount = container.mounts.get(key);
  if (mount === undefined) container.mounts.set(key, (mount = {}));
  container.described = true;
  return mount;
}

/** `source:destination:mode:writable:propagation` */
function readMount(mount: MountDraft, text: string, given: Given): void {
  const parts = text.split(':');
  if (parts.length !== 5)
    given.fail(
      `${text} is no mount`,
      'mounts are written as source:destination:mode:writable:propagation, as in /etc:/host/etc:ro:false:rprivate',
    );
  const [source = '', destination = '', mode = '', writable, propagation = ''] = parts;
  Object.assign(mount, { source, destination, mode, writable: writable === 'true', propagation });
}

function mounts(draft: Draft, given: Given): void {
  const all = typeof given.value === 'object' ? given.texts() : given.text().split(',');
  all.forEach((text, i) => text !== '' && readMount(mountAt(draft, String(i)), text, given));
}

/** A pattern stands for a text in which it is found. */
const matched = (pattern: string): string => pattern.replace(/^\^|[*$]$/g, '');

/** One part of a mount that is found by its place, or by a pattern for its source (or destination, where that is what is looked at). */
const mountPart =
  (side: 'source' | 'destination', put: (mount: MountDraft, given: Given) => void): Setter =>
  (draft, given) => {
    const mount = mountAt(draft, given.arg);
    if (!/^\d+$/.test(given.arg)) mount[side] ??= matched(given.arg);
    put(mount, given);
  };

function containerType(given: Given): string {
  const type = given.text();
  if (!CONTAINER_TYPES.has(type))
    given.fail(
      `there is no container.type ${type}`,
      didYouMean(type, CONTAINER_TYPES.keys()) ?? `types are ${[...CONTAINER_TYPES.keys()].join(', ')}`,
    );
  return type;
}

/** By field. */
export const containerSetters: Setters = {
  'container.id': ({ container }, given) => (container.id = given.text()),
  'container.full_id': ({ container }, given) => {
    container.fullId = given.text();
    container.described = true;
  },
  'container.type': ({ container }, given) => {
    container.type = containerType(given);
    container.described = true;
  },
  'container.name': member('name'),
  'container.image': member('image'),
  'container.image.id': member('imageid'),
  'container.image.repository': member('imagerepo'),
  'container.image.tag': member('imagetag'),
  'container.image.digest': member('imagedigest'),
  'container.ip': member('ip'),
  'container.cni.json': member('cni_json'),
  'container.privileged': flag('privileged'),
  'container.host_pid': flag('host_pid'),
  'container.host_network': flag('host_network'),
  'container.host_ipc': flag('host_ipc'),
  'container.start_ts': ({ process }, given) => (process.pidnsInitStart = given.int()),
  'container.label': label('labels'),
  'container.labels': labels('labels'),
  'container.mounts': mounts,
  'container.mount': (draft, given) => readMount(mountAt(draft, given.arg), given.text(), given),
  'container.mount.source': mountPart('destination', (mount, given) => (mount.source = given.text())),
  'container.mount.dest': mountPart('source', (mount, given) => (mount.destination = given.text())),
  'container.mount.mode': mountPart('source', (mount, given) => (mount.mode = given.text())),
  'container.mount.rdwr': mountPart('source', (mount, given) => (mount.writable = given.flag())),
  'container.mount.propagation': mountPart('source', (mount, given) => (mount.propagation = given.text())),
  'k8s.pod.name': label('labels', 'io.kubernetes.pod.name'),
  'k8s.ns.name': label('labels', 'io.kubernetes.pod.namespace'),
  'k8s.pod.id': label('labels', 'io.kubernetes.pod.uid'),
  'k8s.pod.uid': label('labels', 'io.kubernetes.pod.uid'),
  'k8s.pod.label': label('podLabels'),
  'k8s.pod.labels': labels('podLabels'),
  'k8s.pod.sandbox_id': ({ container }, given) => {
    container.members['pod_sandbox_id'] ??= fromBytes(given.text());
    container.described = true;
  },
  'k8s.pod.full_sandbox_id': member('pod_sandbox_id'),
  'k8s.pod.ip': ({ container }, given) => {
    // The status of a pod stands with a container that has an answer of the network plug-in.
    container.members['cni_json'] ??= '{}';
    container.members['ip'] = fromBytes(given.text());
    container.described = true;
  },
  'k8s.pod.cni.json': member('cni_json'),
};

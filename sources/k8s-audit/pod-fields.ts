import { jsonText, RawJson, type ByteString } from '../../engine/index.ts';
import {
  containerField,
  firstImage,
  inContainers,
  repositoryOf,
  type ContainerFieldName,
} from './container-fields.ts';
import { member, put, reach, reaching, spread, textsOf, type AuditField } from './values.ts';

const ofContainer = containerField('containers', 'containers');

const inSpec = (...keys: ByteString[]): ByteString[] => ['requestObject', 'spec', ...keys];
const VOLUMES = inSpec('volumes');
const HOST_PATHS = [...VOLUMES, 'hostPath', 'path'];
const FIRST_IMAGE = inContainers('containers', '0', 'image');

/** Config maps. */
export const configMapFields: readonly AuditField[] = [
  member(
    'ka.req.configmap.name',
    'Name of the object that the request is about: of a config map, if it is one.',
    ['objectRef', 'name'],
  ),
  member('ka.req.configmap.obj', 'What a config map holds, as JSON.', ['requestObject', 'data']),
];

/** Pods and their containers, in Falco's order. */
export const podFields: readonly AuditField[] = [
  ...(['args', 'command', 'name', 'image'] as const).map(ofContainer),
  {
    name: 'ka.req.container.image',
    deprecated: true,
    desc: "Image of the pod's first container. `ka.req.pod.containers.image` has those of all.",
    set: (record, values) => put(record, FIRST_IMAGE, values),
    get: firstImage,
  },
  ofContainer('image.repository'),
  {
    name: 'ka.req.container.image.repository',
    deprecated: true,
    desc: "Image of the pod's first container without its tag. `ka.req.pod.containers.image.repository` has those of all.",
    set: (record, values) => {
      if (repositoryOf(record.get(FIRST_IMAGE) ?? '') !== values[0]) put(record, FIRST_IMAGE, values);
    },
    get: (event) => {
      const image = firstImage(event);
      return image === undefined ? undefined : repositoryOf(image);
    },
  },
  member('ka.req.pod.host_ipc', "Whether the pod shares the node's IPC namespace.", inSpec('hostIPC')),
  member('ka.req.pod.host_network', "Whether the pod shares the node's network.", inSpec('hostNetwork')),
  member('ka.req.container.host_network', 'The same as `ka.req.pod.host_network`.', inSpec('hostNetwork'), {
    deprecated: true,
  }),
  member('ka.req.pod.host_pid', 'Whether the pod sees the processes of the node.', inSpec('hostPID')),
  ofContainer('host_port'),
  ofContainer('privileged'),
  {
    name: 'ka.req.container.privileged',
    deprecated: true,
    desc: "Whether one of the pod's containers is privileged. `ka.req.pod.containers.privileged` tells of each.",
    set: spread(inContainers('containers'), ['securityContext', 'privileged']),
    get: (event) => {
      const found = reach(event, inContainers('containers', 'securityContext', 'privileged'), undefined);
      return found && String(found.some((value) => value?.kind === 'true'));
    },
  },
  ...(['allow_privilege_escalation', 'read_only_fs'] as const).map(ofContainer),
  member(
    'ka.req.pod.run_as_user',
    "User id that the pod's security context asks for.",
    inSpec('securityContext', 'runAsUser'),
  ),
  ...(['run_as_user', 'eff_run_as_user'] as const).map(ofContainer),
  member(
    'ka.req.pod.run_as_group',
    "Group id that the pod's security context asks for.",
    inSpec('securityContext', 'runAsGroup'),
  ),
  ...(['run_as_group', 'eff_run_as_group', 'proc_mount'] as const).map(ofContainer),
];

/** The rest of a pod's security context. */
export const podSecurityFields: readonly AuditField[] = [
  member(
    'ka.req.pod.fs_group',
    "Group id that the pod's security context asks for on its volumes.",
    inSpec('securityContext', 'fsGroup'),
  ),
  member(
    'ka.req.pod.supplemental_groups',
    "Further group ids that the pod's security context asks for.",
    inSpec('securityContext', 'supplementalGroups'),
    { list: true },
  ),
  ofContainer('add_capabilities'),
];

/** Services. */
export const serviceFields: readonly AuditField[] = [
  member(
    'ka.req.service.type',
    'Type of a service: `ClusterIP`, `NodePort`, `LoadBalancer`.',
    inSpec('type'),
  ),
  reaching('ka.req.service.ports', 'Ports of a service: all of them as one JSON list.', inSpec('ports'), {
    set: (record, values) => put(record, inSpec('ports'), values),
  }),
];

/** Volumes of a pod. */
export const volumeFields: readonly AuditField[] = [
  reaching('ka.req.pod.volumes.hostpath', "Paths of the node that the pod's volumes show.", HOST_PATHS, {
    set: spread(VOLUMES, ['hostPath', 'path'], jsonText),
  }),
  {
    name: 'ka.req.volume.hostpath',
    arg: { required: true, key: 'PATH' },
    deprecated: true,
    desc: "Whether one of the pod's volumes shows a path of the node: this one, or with a star at its end one that begins so (`ka.req.volume.hostpath[/var/*]`).",
    set: (record, [value], { key = '' }) => {
      const volumes = RawJson.parse(record.get(VOLUMES) ?? '[]').elements.length;
      if (value === 'true')
        record.set([...VOLUMES, String(volumes), 'hostPath', 'path'], jsonText(key.replace(/\*$/, '')));
      else if (volumes === 0) record.set(VOLUMES, '[]');
    },
    get: (event, { key = '' }) => {
      const found = reach(event, HOST_PATHS, undefined);
      if (found === undefined || key === '') return undefined;
      const prefix = key.endsWith('*') ? key.slice(0, -1) : undefined;
      return String(
        textsOf(found).some((path) => path === key || (prefix !== undefined && path.startsWith(prefix))),
      );
    },
  },
  reaching(
    'ka.req.pod.volumes.flexvolume_driver',
    "Drivers of the pod's volumes of type `flexVolume`.",
    [...VOLUMES, 'flexVolume', 'driver'],
    { set: spread(VOLUMES, ['flexVolume', 'driver'], jsonText) },
  ),
  reaching(
    'ka.req.pod.volumes.volume_type',
    "Types of the pod's volumes: `hostPath`, `configMap`, `secret`.",
    [...VOLUMES, ''],
    {
      value: (found) => found.flatMap(volumeTypes),
      set: (record, values, { index = 0 }) =>
        values.forEach((type, i) => {
          const at = [...VOLUMES, String(index + i), type];
          if (record.get(at) === undefined) record.set(at, '{}');
        }),
    },
  ),
];

const volumeTypes = (volume: RawJson | undefined): readonly ByteString[] =>
  volume?.keys.filter((key) => key !== 'name') ?? [];

const OF_OTHERS = [
  'name',
  'image',
  'image.repository',
  'command',
  'args',
  'privileged',
  'allow_privilege_escalation',
  'read_only_fs',
  'run_as_user',
  'eff_run_as_user',
  'run_as_group',
  'eff_run_as_group',
  'proc_mount',
  'add_capabilities',
] as const satisfies readonly ContainerFieldName[];

/** The same of containers that run before the others, and of those that are added for debugging, which have no ports. */
export const otherContainerFields: readonly AuditField[] = [
  ...[...OF_OTHERS, 'host_port' as const].map(containerField('initContainers', 'init containers')),
  ...OF_OTHERS.map(containerField('ephemeralContainers', 'ephemeral containers')),
];

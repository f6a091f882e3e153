import { jsonMeant, jsonText, type ByteString, type RawJson } from '../../engine/index.ts';
import { everyText, reach, reaching, spread, textsOf, type AuditField } from './values.ts';

/** A list of containers in the specification of a pod. */
export type ContainerList = 'containers' | 'initContainers' | 'ephemeralContainers';

/** Where the containers of a list stand in an event, and in them what keys lead to. */
export const inContainers = (list: ContainerList, ...keys: ByteString[]): ByteString[] => [
  'requestObject',
  'spec',
  list,
  ...keys,
];

/** `ka.req.pod.LIST.*` by the end of their names. */
export function containerField(list: ContainerList, kind: string): (name: ContainerFieldName) => AuditField {
  return (name) => {
    const { desc, keys, value, json }: ContainerField = fields[name];
    return reaching(`ka.req.pod.${list}.${name}`, desc(kind), inContainers(list, ...keys), {
      value,
      set: spread(inContainers(list), keys, json),
    });
  };
}

interface ContainerField {
  readonly desc: (kind: string) => string;
  readonly keys: readonly ByteString[];
  /** What is made of what was found, where that is not the text of each. */
  readonly value?: (
    found: readonly (RawJson | undefined)[],
    event: RawJson,
  ) => readonly ByteString[] | undefined;
  /** What a value is in a container, as JSON. */
  readonly json?: (value: ByteString) => ByteString;
}

const fields = {
  args: {
    desc: (kind) =>
      `Arguments of the pod's ${kind}: those of one container in one text, with blanks between them.`,
    keys: ['args'],
    value: joined,
    json: words,
  },
  command: {
    desc: (kind) =>
      `Commands of the pod's ${kind}: that of one container in one text, with blanks between its words.`,
    keys: ['command'],
    value: joined,
    json: words,
  },
  name: { desc: (kind) => `Names of the pod's ${kind}.`, keys: ['name'], value: everyText },
  image: {
    desc: (kind) => `Images of the pod's ${kind}, as they were asked for: \`docker.io/library/nginx:1.27\`.`,
    keys: ['image'],
    value: everyText,
  },
  'image.repository': {
    desc: (kind) =>
      `Images of the pod's ${kind} up to the first colon or at sign: without tag and digest, but cut short where a registry has a port.`,
    keys: ['image'],
    value: (found) => everyText(found)?.map(repositoryOf),
  },
  host_port: {
    desc: (kind) =>
      `Ports of the node that the pod's ${kind} ask for; of a port that names none, the container's own, which it is with \`hostNetwork\`.`,
    keys: ['ports'],
    value: hostPorts,
    json: (port) => `[{"hostPort":${jsonMeant(port)}}]`,
  },
  privileged: security('privileged', 'Whether', 'are privileged'),
  allow_privilege_escalation: security(
    'allowPrivilegeEscalation',
    'Whether processes of',
    'may gain privileges',
  ),
  read_only_fs: security('readOnlyRootFilesystem', 'Whether the root file systems of', 'are read-only'),
  run_as_user: security('runAsUser', 'User ids that', 'are to run with'),
  eff_run_as_user: effective('runAsUser', 'User ids'),
  run_as_group: security('runAsGroup', 'Group ids that', 'are to run with'),
  eff_run_as_group: effective('runAsGroup', 'Group ids'),
  proc_mount: security(
    'procMount',
    'How `/proc` is mounted in',
    'where they say it: `Default` or `Unmasked`',
  ),
  add_capabilities: {
    desc: (kind) =>
      `Capabilities that are added to the pod's ${kind}: those of one container as a JSON list.`,
    keys: ['securityContext', 'capabilities', 'add'],
  },
} satisfies Record<string, ContainerField>;

export type ContainerFieldName = keyof typeof fields;

function security(key: string, before: string, after: string): ContainerField {
  return { desc: (kind) => `${before} the pod's ${kind} ${after}.`, keys: ['securityContext', key] };
}

/** What holds for each container in the end. The plug-in looks into the containers themselves, not into their security contexts. */
function effective(key: string, ids: string): ContainerField {
  return {
    desc: (kind) =>
      `${ids} of the pod's ${kind} as the plug-in works them out: \`${key}\` of the container, else of the pod's \`spec\`, else 0. It does not look into any \`securityContext\`, so that it is missing or 0 in real pods.`,
    keys: [key],
    value: (found, event) => {
      const ofPod = event.get('requestObject', 'spec', key)?.text ?? '0';
      return found.map((value) => value?.text ?? ofPod);
    },
  };
}

/** The image up to its first colon, and of that up to its first at sign. */
export const repositoryOf = (image: ByteString): ByteString => image.split(':', 1)[0]!.split('@', 1)[0]!;

/** A command of words as a list. */
function words(text: ByteString): ByteString {
  return `[${text.split(' ').map(jsonText).join(',')}]`;
}

/** Each list of texts as one text. Nothing at all if one is no such list. */
function joined(found: readonly (RawJson | undefined)[]): readonly ByteString[] | undefined {
  const lists = found.filter((value) => value !== undefined);
  if (
    !lists.every(({ kind, elements }) => kind === 'array' && elements.every((one) => one.kind === 'string'))
  )
    return undefined;
  return lists.map(({ elements }) => textsOf(elements).join(' '));
}

function hostPorts(found: readonly (RawJson | undefined)[]): readonly ByteString[] | undefined {
  const lists = found.filter((value) => value !== undefined);
  if (lists.some(({ kind }) => kind !== 'array')) return undefined;
  return lists.flatMap(({ elements }) =>
    elements.flatMap((port) => (port.get('hostPort') ?? port.get('containerPort'))?.text ?? []),
  );
}

/** The image of the first container. */
export function firstImage(event: RawJson): ByteString | undefined {
  return everyText(reach(event, inContainers('containers', 'image'), 0) ?? [])?.[0];
}

import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Container } from '../state/container.ts';
import { containerOf } from './container-of.ts';
import type { Field } from './define.ts';

const SHORT_ID = 12;

/**
 * Where the status of a container's pod stands: with the container if that has an answer of the network plug-in, else with the pod's
 * sandbox, if that is known. A container without a sandbox finds the host there.
 */
function sandboxOf(event: Event, container: Container): Container | undefined {
  if (container.cniJson !== '') return undefined;
  return event.machine?.containers.find(container.podSandboxId.slice(0, SHORT_ID));
}

/** A field that Kubernetes tells the runtime in a label. */
function labelField(name: string, label: ByteString, desc: string, suggested?: true): Field {
  return {
    name,
    type: 'CHARBUF',
    desc,
    ...(suggested && { suggested }),
    get: (event) => containerOf(event)?.labels.get(label),
  };
}

/** What the container and its pod have in common, as far as the pod's status is known. */
function statusField(name: string, member: 'ip' | 'cniJson', desc: string): Field {
  return {
    name,
    type: 'CHARBUF',
    desc,
    get: (event) => {
      const container = containerOf(event);
      if (container === undefined) return undefined;
      return (container.cniJson === '' ? sandboxOf(event, container) : container)?.[member];
    },
  };
}

/** `k8s.pod.*` and `k8s.ns.name`, as the container runtime knows them. */
export const podFields: readonly Field[] = [
  labelField('k8s.pod.name', 'io.kubernetes.pod.name', 'Name of the pod.', true),
  labelField('k8s.ns.name', 'io.kubernetes.pod.namespace', 'Namespace of the pod.', true),
  labelField('k8s.pod.id', 'io.kubernetes.pod.uid', 'The older name of `k8s.pod.uid`.'),
  labelField(
    'k8s.pod.uid',
    'io.kubernetes.pod.uid',
    'The unique id that Kubernetes gave the pod; not that of its sandbox.',
  ),
  {
    name: 'k8s.pod.sandbox_id',
    type: 'CHARBUF',
    desc: "First 12 characters of the id of the pod's sandbox, the container that the runtime starts for the pod itself.",
    get: (event) => containerOf(event)?.podSandboxId.slice(0, SHORT_ID),
  },
  {
    name: 'k8s.pod.full_sandbox_id',
    type: 'CHARBUF',
    desc: "Whole id of the pod's sandbox.",
    get: (event) => containerOf(event)?.podSandboxId,
  },
  {
    name: 'k8s.pod.label',
    type: 'CHARBUF',
    arg: { required: true, key: true },
    desc: "Value of one of the pod's labels: `k8s.pod.label[app.kubernetes.io/name]`.",
    get: () => undefined,
    bind: (arg) =>
      arg === undefined
        ? undefined
        : {
            get: (event) => {
              const container = containerOf(event);
              if (container === undefined) return undefined;
              const sandbox = sandboxOf(event, container);
              return sandbox?.podSandboxLabels.get(arg) ?? container.podSandboxLabels.get(arg);
            },
          },
  },
  {
    name: 'k8s.pod.labels',
    type: 'CHARBUF',
    desc: 'All labels of the pod: `name:value, name:value`.',
    get: (event) => {
      const container = containerOf(event);
      return container && (sandboxOf(event, container) ?? container).podLabelsText;
    },
  },
  statusField('k8s.pod.ip', 'ip', "The pod's first IPv4 address."),
  statusField(
    'k8s.pod.cni.json',
    'cniJson',
    "The network plug-in's answer for the pod as JSON text, with the addresses of every interface.",
  ),
];

function retired(name: string): Field {
  return {
    name,
    type: 'CHARBUF',
    ...(name.endsWith('.label') && { arg: { required: true, key: true } }),
    desc: "Never has a value: kept so that old rules load. Falco's plug-in `k8smeta` has such fields.",
    get: () => undefined,
    bind: () => ({}),
  };
}

/** Fields of the Kubernetes objects that Falco no longer asks for. */
export const retiredKubernetesFields: readonly Field[] = [
  ...['name', 'id', 'label', 'labels'].map((part) => retired(`k8s.rc.${part}`)),
  ...['name', 'id', 'label', 'labels'].map((part) => retired(`k8s.svc.${part}`)),
  ...['id', 'label', 'labels'].map((part) => retired(`k8s.ns.${part}`)),
  ...['name', 'id', 'label', 'labels'].map((part) => retired(`k8s.rs.${part}`)),
  ...['name', 'id', 'label', 'labels'].map((part) => retired(`k8s.deployment.${part}`)),
];

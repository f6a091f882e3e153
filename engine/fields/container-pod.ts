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
  labelField(
    'k8s.pod.name',
    'io.kubernetes.pod.name',
    'Name of the Kubernetes pod that the container belongs to.',
    true,
  ),
  labelField(
    'k8s.ns.name',
    'io.kubernetes.pod.namespace',
    'Name of the Kubernetes namespace that the pod is in.',
    true,
  ),
  labelField('k8s.pod.id', 'io.kubernetes.pod.uid', 'The same as `k8s.pod.uid`: its older name.'),
  labelField(
    'k8s.pod.uid',
    'io.kubernetes.pod.uid',
    'Id that Kubernetes gave the pod, which is not that of its sandbox.',
  ),
  {
    name: 'k8s.pod.sandbox_id',
    type: 'CHARBUF',
    desc: "First 12 characters of the id of the pod's sandbox, which is the container that the runtime starts for the pod itself.",
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
    arg: { required: true, key: 'NAME' },
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
    desc: 'Labels of the pod as `name:value, name:value`, without those that begin with `annotation.` or `io.kubernetes.`.',
    get: (event) => {
      const container = containerOf(event);
      return container && (sandboxOf(event, container) ?? container).podLabelsText;
    },
  },
  statusField('k8s.pod.ip', 'ip', 'First IPv4 address of the pod.'),
  statusField(
    'k8s.pod.cni.json',
    'cniJson',
    'What the network plug-in (CNI) answered for the pod, as JSON text: the addresses of every interface. Only CRI runtimes have it.',
  ),
];

function retired(name: string): Field {
  return {
    name,
    type: 'CHARBUF',
    ...(name.endsWith('.label') && { arg: { required: true, key: 'NAME' } }),
    desc: "Never has a value; old rules that use it still load. Falco's plug-in `k8smeta` has such fields.",
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

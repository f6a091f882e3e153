/**
 * The description of a container as Falco writes it to captures, in `container` events and before that in `container_json` events:
 * `{"container": {"id": …, "image": …, "Mounts": […], …}}`. The members are those of Falco's container plug-in (container_info_json.cpp),
 * which ignores an event with a member of the wrong type; members that are not there are empty.
 */
import { fromBytes, toBytes, type ByteString } from '../bytes.ts';
import { Container, CONTAINER_TYPE, type Labels, type Mount } from './container.ts';

/** Reads members of one JSON object and remembers whether one of them was of the wrong type. */
class Members {
  readonly #json: Readonly<Record<string, unknown>>;
  wellTyped = true;

  constructor(json: unknown) {
    if (!isObject(json)) this.wellTyped = false;
    this.#json = isObject(json) ? json : {};
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#json, name) ? this.#json[name] : undefined;
  }

  text(name: string): ByteString {
    const value = this.get(name);
    if (typeof value === 'string') return bytesOfText(value);
    if (value !== undefined) this.wellTyped = false;
    return '';
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (typeof value === 'boolean') return value;
    if (value !== undefined) this.wellTyped = false;
    return false;
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    if (value !== undefined && typeof value !== 'number') this.wellTyped = false;
    return typeof value === 'number' ? value : undefined;
  }

  /** The elements of an array; null counts as none. */
  list<T>(name: string, read: (element: unknown) => T | undefined): T[] {
    const value = this.get(name) ?? [];
    const elements = Array.isArray(value) ? value.map(read) : [undefined];
    if (elements.includes(undefined)) this.wellTyped = false;
    return elements.filter((element) => element !== undefined);
  }

  /** An object of texts; null counts as none. */
  labels(name: string): Labels {
    const value = this.get(name) ?? {};
    const labels = new Map<ByteString, ByteString>();
    if (!isObject(value)) this.wellTyped = false;
    else
      for (const [label, text] of Object.entries(value)) {
        if (typeof text === 'string') labels.set(toBytes(label), bytesOfText(text));
        else this.wellTyped = false;
      }
    return labels;
  }
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** Text as the fields show it: they end at a NUL. */
function bytesOfText(text: string): ByteString {
  const nul = text.indexOf('\0');
  return toBytes(nul < 0 ? text : text.slice(0, nul));
}

function mount(json: unknown): Mount | undefined {
  const members = new Members(json);
  const result = {
    source: members.text('Source'),
    destination: members.text('Destination'),
    mode: members.text('Mode'),
    writable: members.flag('RW'),
    propagation: members.text('Propagation'),
  };
  return members.wellTyped ? result : undefined;
}

// What follows is only checked: no field shows it.

function portMapping(json: unknown): true | undefined {
  const members = new Members(json);
  const wellTyped = ['HostIp', 'HostPort', 'ContainerPort']
    .map((name) => typeof (members.get(name) ?? 0))
    .every((type) => type === 'number' || type === 'boolean');
  return (wellTyped && members.wellTyped) || undefined;
}

function healthProbe(json: unknown): true | undefined {
  const members = new Members(json);
  members.text('exe');
  members.list('args', textOnly);
  return members.wellTyped || undefined;
}

function textOnly(json: unknown): true | undefined {
  return typeof json === 'string' || undefined;
}

const NUMBERS = [
  'cpu_period', 'cpu_quota', 'cpu_shares', 'cpuset_cpu_count', 'created_time', 'size', 'memory_limit', 'swap_limit',
]; // prettier-ignore
const PROBES = ['Healthcheck', 'LivenessProbe', 'ReadinessProbe'];

function isWellTypedElsewhere(members: Members): boolean {
  for (const name of NUMBERS) members.number(name);
  members.flag('is_pod_sandbox');
  members.list('env', textOnly);
  members.list('port_mappings', portMapping);
  const probes = PROBES.map((name) => members.get(name)).filter((probe) => probe !== undefined);
  return members.wellTyped && probes.every(healthProbe);
}

/** The container that a JSON text describes; undefined if it is no such text in UTF-8. */
export function readContainer(json: ByteString): Container | undefined {
  const text = fromBytes(json);
  if (toBytes(text) !== json) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const members = new Members(new Members(document).get('container'));
  const container = new Container();
  // An unsigned 32-bit number in the plug-in, whatever the text says.
  container.type = (members.number('type') ?? CONTAINER_TYPE.UNKNOWN) >>> 0;
  container.id = members.text('id');
  container.fullId = members.text('full_id');
  container.name = members.text('name');
  container.image = members.text('image');
  container.imageDigest = members.text('imagedigest');
  container.imageId = members.text('imageid');
  container.imageRepository = members.text('imagerepo');
  container.imageTag = members.text('imagetag');
  container.user = members.text('User');
  container.cniJson = members.text('cni_json');
  container.ip = members.text('ip');
  container.hostIpc = members.flag('host_ipc');
  container.hostNetwork = members.flag('host_network');
  container.hostPid = members.flag('host_pid');
  container.privileged = members.flag('privileged');
  container.podSandboxId = members.text('pod_sandbox_id');
  container.labels = members.labels('labels');
  container.podSandboxLabels = members.labels('pod_sandbox_labels');
  container.mounts = members.list('Mounts', mount);
  return isWellTypedElsewhere(members) ? container : undefined;
}

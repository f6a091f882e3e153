/** A container that a recording is told to be in: the facts that let rules take it for one. */
import { createHash } from 'node:crypto';
import { toBytes, type ByteString } from '../../engine/index.ts';

/** What Falco's container plug-in would tell of the container (container_info_json.cpp), and the control groups of its processes. */
export interface AssumedContainer {
  readonly json: ByteString;
  readonly cgroups: ByteString;
}

/** CT_DOCKER of Falco's container plug-in. */
const DOCKER = 0;
const SUBSYSTEMS = ['cpuset', 'cpu', 'cpuacct', 'io', 'memory'];

/** A container of docker with this image, `nginx:1.25`. Its id depends on nothing but the image. */
export function assumeContainer(image: string): AssumedContainer {
  const id = createHash('sha256').update(image).digest('hex');
  const [named = '', digest = ''] = image.split('@');
  const colon = named.lastIndexOf(':');
  // A colon before a slash belongs to the port of a registry.
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : digest === '' ? 'latest' : '';
  const container = {
    type: DOCKER,
    id: id.slice(0, 12),
    full_id: id,
    name: 'recorded',
    image,
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
    privileged: false,
    labels: {},
    Mounts: [],
  };
  return {
    json: toBytes(JSON.stringify({ container })),
    cgroups: SUBSYSTEMS.map((name) => `${name}=/system.slice/docker-${id}.scope\0`).join(''),
  };
}

import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { INFRASTRUCTURE_EVENT_E } from '../tables/codes.generated.ts';
import type { Field } from './define.ts';

/** The value of `key` in the description of an infrastructure event: `Event:start; ID:0123…; Image:…`. */
function described(event: Event, key: string): ByteString | undefined {
  if (event.code !== INFRASTRUCTURE_EVENT_E) return undefined;
  const entry = event
    .string(2)
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(key));
  return entry?.split(':')[1]?.trim();
}

/** An image without its digest. */
function image(event: Event): ByteString | undefined {
  const name = described(event, 'Image');
  if (name === undefined || name.includes('@')) return name?.split('@')[0]?.trim();
  if (!name.includes('sha256')) return name;
  return event.string(2).split(';').map((part) => part.trim()).find((part) => part.startsWith('Image'))?.split(':').slice(1).join(':').trim(); // prettier-ignore
}

/** Fields of events that only captures of long ago hold. */
export const dockerFields: readonly Field[] = [
  {
    name: 'evt.infra.docker.name',
    type: 'CHARBUF',
    hidden: true,
    desc: 'What happened to a container, such as `start` or `die`. Only captures of long ago have such events.',
    get: (event) => described(event, 'Event'),
  },
  {
    name: 'evt.infra.docker.container.id',
    type: 'CHARBUF',
    hidden: true,
    desc: 'First 12 characters of the id of the container that `evt.infra.docker.name` tells of.',
    get: (event) => described(event, 'ID')?.slice(0, 12),
  },
  {
    name: 'evt.infra.docker.container.name',
    type: 'CHARBUF',
    hidden: true,
    desc: 'Name of the container that `evt.infra.docker.name` tells of.',
    get: (event) => described(event, 'name'),
  },
  {
    name: 'evt.infra.docker.container.image',
    type: 'CHARBUF',
    hidden: true,
    desc: 'Image of the container that `evt.infra.docker.name` tells of.',
    get: image,
  },
];

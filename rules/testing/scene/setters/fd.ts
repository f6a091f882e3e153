/** Fields of the fd of an event. */
import { FD_TYPES, readAddress, type IpAddress } from '../../../../engine/index.ts';
import type { EndName, Setter, Setters } from '../draft.ts';
import type { Given } from '../given.ts';

const TYPE_OF_CHAR: ReadonlyMap<string, string> = new Map(
  [...FD_TYPES.values()]
    .filter(([, text]) => text !== '<NA>')
    .map(([char, text]) => [char, text])
    .reverse() as [string, string][],
);

const ENDS: readonly (readonly [letter: string, end: EndName])[] = [
  ['c', 'client'],
  ['s', 'server'],
  ['l', 'local'],
  ['r', 'remote'],
  ['', 'any'],
];

const LOOPBACK = 0x7f000001;

/** The address of a host's name, as far as one is known without looking it up. */
function addressNamed(given: Given): IpAddress | undefined {
  const text = given.text();
  if (text === 'localhost') return LOOPBACK;
  try {
    return readAddress(text);
  } catch {
    return undefined;
  }
}

const endSetters = ENDS.flatMap(([letter, end]): [string, Setter][] => [
  [`fd.${letter}ip`, (draft, given) => (draft.end(end).ip = given.address())],
  [`fd.${letter}port`, (draft, given) => (draft.end(end).port = given.port())],
  [`fd.${letter}proto`, (draft, given) => (draft.end(end).port = given.port())],
  [`fd.${letter}net`, (draft, given) => (draft.end(end).inNetwork = given.addressInNetwork())],
]);

const nameSetters = ENDS.filter(([, end]) => end !== 'any').map(([letter, end]): [string, Setter] => [
  `fd.${letter}ip.name`,
  (draft, given) => {
    const address = addressNamed(given);
    if (address === undefined) draft.end(end).host = given.text();
    else draft.end(end).ip = address;
  },
]);

/** By field. */
export const fdSetters: Setters = {
  'fd.num': ({ fd }, given) => (fd.num = given.number()),
  'fd.name': ({ fd }, given) => (fd.name = given.text()),
  'fd.directory': ({ fd }, given) => (fd.directory = given.text()),
  'fd.filename': ({ fd }, given) => (fd.filename = given.text()),
  'fd.nameraw': ({ fd }, given) => (fd.nameRaw = given.text()),
  'fd.containername': ({ fd }, given) => (fd.name ??= given.text().replace(/^[^:]*:/, '')),
  'fd.containerdirectory': ({ fd }, given) => (fd.directory ??= given.text().replace(/^[^:]*:/, '')),
  'fd.type': ({ fd }, given) => (fd.type = given.text()),
  'fd.typechar': ({ fd }, given) => (fd.type ??= TYPE_OF_CHAR.get(given.text()) ?? '<NA>'),
  'fd.sockfamily': ({ fd }, given) => (fd.type ??= given.text() === 'unix' ? 'unix' : 'ipv4'),
  'fd.types': (draft, given) => {
    if (given.arg !== '') draft.otherFd(Number(given.arg)).type = given.texts()[0] ?? '<NA>';
  },
  'fd.ino': ({ fd }, given) => (fd.ino = given.int()),
  'fd.dev': ({ fd }, given) => (fd.dev = given.number()),
  'fd.dev.major': ({ fd }, given) => (fd.dev = ((fd.dev ?? 0) & ~0xfff00) | (given.number() << 8)),
  'fd.dev.minor': ({ fd }, given) => {
    const minor = given.number();
    fd.dev = ((fd.dev ?? 0) & 0xfff00) | (minor & 0xff) | ((minor & 0xfff00) << 12);
  },
  'fd.is_upper_layer': ({ fd }, given) => (fd.upperLayer = given.flag()),
  'fd.is_lower_layer': ({ fd }, given) => (fd.lowerLayer = given.flag()),
  'fd.l4proto': ({ fd }, given) => (fd.l4proto = given.text()),
  'fd.connected': ({ fd }, given) => (fd.connected = given.flag()),
  'fd.name_changed': ({ fd }, given) => (fd.nameChanged = given.flag()),
  'fd.is_server': ({ fd }, given) => (fd.isServer = given.flag()),
  ...Object.fromEntries([...endSetters, ...nameSetters]),
};

import type { InterfaceSnapshot } from '../../engine/index.ts';
import { upToNul, type BlockBody } from './block-body.ts';

/** scap_ifinfo_type; the last two lack the speed of the link. */
const IPV4 = 1;
const IPV6 = 2;
const IPV4_NO_SPEED = 3;
const IPV6_NO_SPEED = 4;

const MAX_NAME = 1023;

/** Reads the network interfaces. Entries of version 2 begin with their length, which does not count itself. */
export function readInterfaces(body: BlockBody, version: 1 | 2): InterfaceSnapshot[] {
  const entries: InterfaceSnapshot[] = [];
  while (body.left >= 4) {
    const length = version === 2 ? body.uint32('the length of an interface') : 0;
    const start = body.at;
    if (length > body.left)
      body.fail(`an interface is said to have ${length} bytes, and ${body.left} are left`);
    entries.push(readInterface(body));
    // libscap trusts the length even where it is too short for the entry.
    if (length > 0) body.at = start + length;
  }
  return entries;
}

function readInterface(body: BlockBody): InterfaceSnapshot {
  const start = body.at;
  const type = body.uint16('the type of an interface');
  const nameLength = body.uint16('the length of the name of an interface');
  if (nameLength > MAX_NAME) body.fail(`the name of an interface is said to have ${nameLength} bytes`, start);
  switch (type) {
    case IPV4:
    case IPV4_NO_SPEED:
      return {
        family: 'ipv4',
        address: body.ipv4('address'),
        netmask: body.ipv4('netmask'),
        broadcast: body.ipv4('broadcast'),
        linkSpeed: type === IPV4 ? body.uint64('linkspeed') : 0,
        name: upToNul(body.bytes(nameLength, 'the name of an interface')),
      };
    case IPV6:
    case IPV6_NO_SPEED:
      return {
        family: 'ipv6',
        address: body.ipv6('address'),
        netmask: body.ipv6('netmask'),
        broadcast: body.ipv6('broadcast'),
        linkSpeed: type === IPV6 ? body.uint64('linkspeed') : 0,
        name: upToNul(body.bytes(nameLength, 'the name of an interface')),
      };
    default:
      return body.fail(`there is no interface type ${type}`, start);
  }
}

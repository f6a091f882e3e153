import { RE2JS } from 're2js';
import type { ByteString } from '../bytes.ts';
import { mountText, type Container, type Mount } from '../state/container.ts';
import { containerOf } from './container-of.ts';
import type { Field } from './define.ts';

type FindMount = (container: Container) => Mount | undefined;

/** Numbers without a leading zero are positions, all else is a pattern. */
const POSITION = /^(?:0|[1-9][0-9]*)$/;

/**
 * The position that an argument names. Falco reads it as 64 bits, where the highest number stands for "none", and
 * then uses the lower 32.
 */
function positionOf(arg: ByteString): number | undefined {
  if (!POSITION.test(arg)) return undefined;
  const position = BigInt(arg);
  return position < 0xffff_ffff_ffff_ffffn ? Number(BigInt.asUintN(32, position)) : undefined;
}

/**
 * A test for texts in which the pattern is found, with at least one character. It is a regular expression, though the field is documented as
 * taking globs: `/usr/*` is `/usr` with any number of slashes.
 */
function finder(pattern: ByteString): (text: ByteString) => boolean {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(pattern, RE2JS.MULTILINE | RE2JS.LONGEST_MATCH);
  } catch {
    return () => false;
  }
  return (text) => {
    const matcher = regex.matcher(text);
    while (matcher.find()) if (matcher.end() > matcher.start()) return true;
    return false;
  };
}

/** How to find the mount that an argument names: by its position, or by `side` matching a pattern. */
function mountFinder(arg: ByteString, side: 'source' | 'destination'): FindMount {
  const position = positionOf(arg);
  if (position !== undefined) return (container) => container.mounts[position];
  const matches = finder(arg);
  return (container) => container.mounts.find((mount) => matches(mount[side]));
}

function mountField(
  name: string,
  desc: string,
  side: 'source' | 'destination',
  show: (mount: Mount) => ByteString,
): Field {
  return {
    name,
    type: 'CHARBUF',
    arg: { required: true, index: 'INDEX', key: 'PATTERN' },
    desc,
    get: () => undefined,
    bind: (arg) => {
      if (arg === undefined) return undefined;
      const find = mountFinder(arg, side);
      let lastContainer: Container | undefined;
      let lastValue: ByteString | undefined;
      return {
        get: (event) => {
          const container = containerOf(event);
          if (container === lastContainer) return lastValue;
          const mount = container && find(container);
          lastContainer = container;
          return (lastValue = mount && show(mount));
        },
      };
    },
  };
}

/** `container.mount[…]` and its parts. */
export const mountFields: readonly Field[] = [
  mountField(
    'container.mount',
    'One mount of the container as `source:destination:mode:writable:propagation`, by its place (`container.mount[0]`) or by a regular expression that is found in its source (`container.mount[^/etc]`). Missing if there is none.',
    'source',
    mountText,
  ),
  mountField(
    'container.mount.source',
    'Source of one mount, by its place or by a regular expression that is found in its destination.',
    'destination',
    (mount) => mount.source,
  ),
  mountField(
    'container.mount.dest',
    'Destination of one mount, by its place or by a regular expression that is found in its source.',
    'source',
    (mount) => mount.destination,
  ),
  mountField(
    'container.mount.mode',
    'Mode of one mount, by its place or by a regular expression that is found in its source.',
    'source',
    (mount) => mount.mode,
  ),
  mountField(
    'container.mount.rdwr',
    'Whether one mount can be written to: `true` or `false`. By its place or by a regular expression that is found in its source.',
    'source',
    (mount) => String(mount.writable),
  ),
  mountField(
    'container.mount.propagation',
    'Propagation of one mount, by its place or by a regular expression that is found in its source.',
    'source',
    (mount) => mount.propagation,
  ),
];

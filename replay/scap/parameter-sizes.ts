import type { ParamType } from '../../engine/index.ts';

/** Sizes in bytes of parameters that always have the same; the others are as long as they are (ppm_param_helpers.h). */
const FIXED: Readonly<Partial<Record<ParamType, number>>> = {
  int8: 1,
  uint8: 1,
  flags8: 1,
  enumflags8: 1,
  sigtype: 1,
  int16: 2,
  uint16: 2,
  flags16: 2,
  enumflags16: 2,
  syscallid: 2,
  port: 2,
  int32: 4,
  uint32: 4,
  flags32: 4,
  enumflags32: 4,
  uid: 4,
  gid: 4,
  mode: 4,
  sigset: 4,
  fd32: 4,
  pid32: 4,
  ipv4addr: 4,
  int64: 8,
  uint64: 8,
  reltime: 8,
  abstime: 8,
  errno: 8,
  fd: 8,
  pid: 8,
  ipv6addr: 16,
};

/** The size of the default value of a parameter: that of its type, none for a type of any length. */
export function defaultSize(type: ParamType): number {
  return FIXED[type] ?? 0;
}

/** The greatest size of a parameter, given whether its length is stored in 4 bytes instead of 2. */
export function maxSize(type: ParamType, large: boolean): number {
  return FIXED[type] ?? (large ? 0xffffffff : 0xffff);
}

/** The byte that default values are filled with. */
export function defaultByte(type: ParamType): number {
  return type === 'uid' || type === 'gid' ? 0xff : 0;
}

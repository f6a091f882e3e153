/**
 * The blocks that a .scap file consists of: type (4 bytes), length (4), contents, length again (4), all little-endian. The length counts
 * everything. Numbers and limits: scap_savefile.h, scap_limits.h and scap_savefile.c of libscap 0.25.4; names end in `_INT` where the
 * number was used before libscap's first release.
 */

export const BLOCK_HEADER = 8;
export const BLOCK_TRAILER = 4;

export const SECTION_HEADER = 0x0a0d0d0a;
export const SECTION_MAGIC = 0x1a2b3c4d;
/** Header, magic (4), major and minor version (2 each), length of the section (8), trailer. */
export const SECTION_HEADER_LENGTH = 28;
export const MAJOR_VERSION = 1;
export const MINOR_VERSION = 2;

export const MACHINE_INFO = 0x201;
export const MACHINE_INFO_INT = 0x8002abcd;

export const INTERFACES = 0x205;
export const INTERFACES_INT = 0x8011abcd;
export const INTERFACES_V2 = 0x219;

export const USERS = 0x206;
export const USERS_INT = 0x8012abcd;
export const USERS_V2 = 0x220;

export const FDS = 0x203;
export const FDS_INT = 0x8001abcd;
export const FDS_V2 = 0x218;

export const PROCESSES_V9 = 0x215;

/** Version of each type of process list. */
export const PROCESS_VERSIONS: ReadonlyMap<number, number> = new Map([
  [0x202, 1],
  [0x8000abcd, 1],
  [0x207, 2],
  [0x8013abcd, 2],
  [0x209, 3],
  [0x8014abcd, 3],
  [0x210, 4],
  [0x211, 5],
  [0x212, 6],
  [0x213, 7],
  [0x214, 8],
  [PROCESSES_V9, 9],
]);

/** Events of old captures, whose header lacks the number of parameters. */
export const EVENT = 0x204;
export const EVENT_INT = 0x8010abcd;
export const EVENT_FLAGS = 0x208;
/** Events as the driver lays them out. */
export const EVENT_V2 = 0x216;
export const EVENT_FLAGS_V2 = 0x217;
/** Events that may be longer than 64 KiB. */
export const EVENT_V2_LARGE = 0x221;
export const EVENT_FLAGS_V2_LARGE = 0x222;

const EVENT_TYPES: ReadonlySet<number> = new Set([
  EVENT,
  EVENT_INT,
  EVENT_FLAGS,
  EVENT_V2,
  EVENT_FLAGS_V2,
  EVENT_V2_LARGE,
  EVENT_FLAGS_V2_LARGE,
]);

export function isEventBlock(type: number): boolean {
  return EVENT_TYPES.has(type);
}

/** libscap's limit for blocks of events that are not large. */
export const MAX_EVENT_BLOCK = 65536 + BLOCK_HEADER;
/** Bounds of our own, far above what real captures hold: a length that lies must not make us gather the rest of the file. */
const MAX_LARGE_EVENT_BLOCK = 1 << 26;
const MAX_STATE_BLOCK = 1 << 28;

/** The greatest length that a block of this type may claim. */
export function maxBlockLength(type: number): number {
  if (type === EVENT_V2_LARGE || type === EVENT_FLAGS_V2_LARGE) return MAX_LARGE_EVENT_BLOCK;
  return EVENT_TYPES.has(type) ? MAX_EVENT_BLOCK : MAX_STATE_BLOCK;
}

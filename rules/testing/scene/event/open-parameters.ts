/** Parameters of the calls that open files. */
import type { EventInfo, JsonInput } from '../../../../engine/index.ts';
import type { Draft } from '../draft.ts';
import type { Defaults } from '../defaults.ts';

/** Flags of files that are opened, as Falco's driver has them (PPM_O_*, PPM_FD_*). */
const O = {
  RDONLY: 1,
  WRONLY: 2,
  CREAT: 4,
  DIRECTORY: 1 << 10,
  F_CREATED: 1 << 14,
  UPPER_LAYER: 1 << 15,
  LOWER_LAYER: 1 << 16,
} as const;

/** The layers in `creat_flags`. */
const CREAT = { UPPER_LAYER: 1, LOWER_LAYER: 2 } as const;

const MODE = { file: 0o644, program: 0o755 } as const;

/** The flags, mode and file that facts ask for. */
export function openParameters(
  info: EventInfo,
  draft: Draft,
  kind: string | undefined,
  defaults: Defaults,
): { [name: string]: JsonInput } {
  const { opens, fd } = draft;
  const makes = opens.create === true || opens.exec === true;
  const write = opens.write ?? (opens.read === false || (opens.read === undefined && makes));
  const read = opens.read ?? !write;
  let flags = (read ? O.RDONLY : 0) | (write ? O.WRONLY : 0);
  if (makes) flags |= O.CREAT;
  if (opens.create === true) flags |= O.F_CREATED;
  if (opens.read === undefined && opens.write === undefined && !draft.params.has('flags'))
    defaults.note('evt.arg.flags', read ? 'O_RDONLY' : 'O_WRONLY');
  if (kind === 'directory') flags |= O.DIRECTORY;
  let layers = 0;
  if (fd.upperLayer === true) {
    flags |= O.UPPER_LAYER;
    layers = CREAT.UPPER_LAYER;
  }
  if (fd.lowerLayer === true) {
    flags |= O.LOWER_LAYER;
    layers |= CREAT.LOWER_LAYER;
  }
  const creates = (flags & O.CREAT) !== 0 || info.name === 'creat';
  return {
    flags,
    mode: creates ? (opens.exec === true ? MODE.program : MODE.file) : 0,
    creat_flags: layers,
    dev: fd.dev ?? 0,
    ino: fd.ino === undefined ? 0 : String(fd.ino),
  };
}

import type { ByteString, Int, IpAddress } from '../../../engine/index.ts';
import type { Given } from './given.ts';

/** The day on which every scene begins, at midnight in UTC. */
export const FIRST_DAY = '2026-01-01';

/** What facts say of one process; what is undefined was not told. */
export interface ProcessDraft {
  pid?: number;
  tid?: number;
  vpid?: number;
  vtid?: number;
  name?: ByteString;
  exe?: ByteString;
  exepath?: ByteString;
  args?: readonly ByteString[];
  /** Single arguments by their places. */
  argAt?: Map<number, ByteString>;
  /** Name and arguments. */
  cmdline?: readonly ByteString[] | ByteString;
  /** argv[0] and arguments. */
  exeline?: readonly ByteString[] | ByteString;
  env?: readonly ByteString[];
  variables?: Map<ByteString, ByteString>;
  cwd?: ByteString;
  tty?: number;
  sid?: number;
  vpgid?: number;
  pgid?: number;
  leadsSession?: boolean;
  leadsVirtualGroup?: boolean;
  leadsGroup?: boolean;
  exeWritable?: boolean;
  exeUpperLayer?: boolean;
  exeLowerLayer?: boolean;
  exeFromMemfd?: boolean;
  exeIno?: Int;
  exeInoCtime?: Int;
  exeInoMtime?: Int;
  /** Nanoseconds between the last change of the program's file and the start of the process, and that of its pid namespace. */
  ctimeBeforeStart?: Int;
  ctimeAfterPidns?: Int;
  pidnsInitStart?: Int;
  /** Nanoseconds since 1970, and its age in nanoseconds at the event. */
  start?: Int;
  age?: Int;
  capPermitted?: Int;
  capInheritable?: Int;
  capEffective?: Int;
  fdLimit?: Int;
  vmSizeKb?: number;
  vmRssKb?: number;
  vmSwapKb?: number;
  pageFaultsMajor?: Int;
  pageFaultsMinor?: Int;
  cgroups?: readonly ByteString[];
}

/** An account by its number, its name, or both. */
export interface AccountDraft {
  id?: number;
  name?: ByteString;
  homedir?: ByteString;
  shell?: ByteString;
}

/** One end of a connection. */
export interface EndDraft {
  ip?: IpAddress;
  port?: number;
  /** The name of the host. */
  host?: ByteString;
  /** An address to take if no fact says which. */
  inNetwork?: IpAddress;
}

export type EndName = 'client' | 'server' | 'local' | 'remote' | 'any';

/** What facts say of one fd. */
export interface FdDraft {
  num?: number;
  name?: ByteString;
  directory?: ByteString;
  filename?: ByteString;
  nameRaw?: ByteString;
  /** In the words of `fd.type`. */
  type?: ByteString;
  ino?: Int;
  dev?: number;
  upperLayer?: boolean;
  lowerLayer?: boolean;
  l4proto?: ByteString;
  connected?: boolean;
  nameChanged?: boolean;
  isServer?: boolean;
  /** It listens, but was not seen to be bound: fields then do not show its address. */
  withoutRole?: boolean;
  ends: { [end in EndName]?: EndDraft };
}

/** One mount of a container, as the facts about it say. */
export interface MountDraft {
  source?: ByteString;
  destination?: ByteString;
  mode?: ByteString;
  writable?: boolean;
  propagation?: ByteString;
}

/** What facts say of the container. `members` are those of the container plug-in's JSON. */
export interface ContainerDraft {
  id?: ByteString;
  type?: ByteString;
  fullId?: ByteString;
  members: { [name: string]: string | boolean };
  labels: { [name: string]: string };
  podLabels: { [name: string]: string };
  mounts: Map<string, MountDraft>;
  /** Whether anything but the id is told. */
  described: boolean;
}

/** What a call returned. */
export interface ResultDraft {
  value?: Int;
  failed?: boolean;
}

/** What the facts of one event say, sorted by what they are about. */
export class Draft {
  type: ByteString | undefined = undefined;
  enter: boolean | undefined = undefined;
  /** Name of an asynchronous event. */
  asyncName: ByteString | undefined = undefined;
  readonly result: ResultDraft = {};
  /** Fields that are to have no value, without their arguments. */
  readonly absent = new Set<string>();
  /** Parameters by their names, with the facts that they are from: the last one counts. */
  readonly params = new Map<string, Given>();
  /** Parameters by their places (`evt.arg[0]`). */
  readonly paramsAt = new Map<number, Given>();
  /** Paths by the role that they have in the call. */
  readonly paths = new Map<'path' | 'source' | 'target', ByteString>();
  readonly opens: { read?: boolean; write?: boolean; exec?: boolean; create?: boolean } = {};
  /** The bytes that are read or written. */
  data: ByteString | undefined = undefined;
  time: bigint | undefined = undefined;
  num: number | undefined = undefined;
  cpu: number | undefined = undefined;

  readonly process: ProcessDraft = {};
  /** By generation: 1 is the parent. */
  readonly ancestors = new Map<number, ProcessDraft>();
  /** An ancestor of this name, wherever it is. */
  anyAncestor: ProcessDraft | undefined = undefined;
  /** The first generation that there is none of. */
  noAncestor = Infinity;
  readonly leaders: { sid?: ProcessDraft; vpgid?: ProcessDraft; pgid?: ProcessDraft } = {};
  readonly user: AccountDraft = {};
  readonly group: AccountDraft = {};
  readonly login: AccountDraft = {};
  readonly fd: FdDraft = { ends: {} };
  /** Other fds of the process. */
  readonly fds = new Map<number, FdDraft>();
  readonly container: ContainerDraft = {
    members: {},
    labels: {},
    podLabels: {},
    mounts: new Map(),
    described: false,
  };

  ancestor(generation: number): ProcessDraft {
    let draft = this.ancestors.get(generation);
    if (draft === undefined) this.ancestors.set(generation, (draft = {}));
    return draft;
  }

  end(name: EndName): EndDraft {
    return (this.fd.ends[name] ??= {});
  }

  otherFd(num: number): FdDraft {
    let draft = this.fds.get(num);
    if (draft === undefined) this.fds.set(num, (draft = { num, ends: {} }));
    return draft;
  }
}

/** Puts what one fact says into a draft. */
export type Setter = (draft: Draft, given: Given) => void;

/** Setters by the names of their fields. */
export type Setters = Readonly<Record<string, Setter>>;

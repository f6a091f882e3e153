/** The number of an event type: `ppm_event_code` of Falco's driver. */
export type EventCode = number & { readonly __eventCode: true };

/** Names with their bits (flags) or values (enumerations), in the order in which Falco tests them. */
export type FlagValues = readonly (readonly [name: string, value: number])[];

/** Types of event parameters: `ppm_param_type` of Falco's driver, in lower case. */
export type ParamType =
  | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  | 'charbuf' | 'bytebuf' | 'errno' | 'sockaddr' | 'socktuple' | 'fd' | 'pid' | 'fdlist' | 'fspath' | 'syscallid'
  | 'sigtype' | 'reltime' | 'abstime' | 'port' | 'ipv4addr' | 'dyn' | 'flags8' | 'flags16' | 'flags32' | 'uid' | 'gid'
  | 'sigset' | 'charbufarray' | 'charbufpairarray' | 'ipv6addr' | 'mode' | 'fsrelpath' | 'enumflags8' | 'enumflags16'
  | 'enumflags32' | 'fd32' | 'pid32'; // prettier-ignore

/** One parameter of an event type. */
export interface ParamInfo {
  readonly name: string;
  readonly type: ParamType;
  /** How numbers are printed. */
  readonly format: 'na' | 'dec' | 'hex' | 'oct';
  readonly values?: FlagValues;
  /** For `fsrelpath`: index of the parameter that holds the directory's fd. */
  readonly dirfd?: number;
  /** For `dyn`: the types that the first byte of the value chooses from. */
  readonly variants?: readonly ParamInfo[];
}

export type EventFlag =
  | 'creates_fd' | 'destroys_fd' | 'uses_fd' | 'reads_from_fd' | 'writes_to_fd' | 'modifies_state' | 'unused' | 'waits'
  | 'skip_parse_reset' | 'old_version' | 'converter_managed' | 'large_payload'; // prettier-ignore

/** What kind of thing an event is (the high byte of `ppm_event_category`). */
export type EventClass =
  'syscall' | 'tracepoint' | 'plugin' | 'metaevent' | 'internal' | 'scheduler' | 'wait' | 'iter';

/** One event type, as `g_event_info` of Falco's driver describes it. */
export interface EventInfo {
  readonly code: EventCode;
  /** The enumerator's name without `PPME_`, such as `SYSCALL_OPENAT_2_X`. */
  readonly symbol: string;
  /** The name that `evt.type` shows. */
  readonly name: string;
  /** True for an enter event (`evt.dir` is `>`). */
  readonly enter: boolean;
  readonly category: string;
  readonly classes: readonly EventClass[];
  readonly flags: readonly EventFlag[];
  /** Whether the lengths of its parameters take 4 bytes each instead of 2. */
  readonly largeLengths: boolean;
  readonly usesFd: boolean;
  readonly params: readonly ParamInfo[];
}

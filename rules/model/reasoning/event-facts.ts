import { EVENTS, knownValue, type Check, type EventCode } from '../../../engine/index.ts';

/** By event code: whether its system call makes, uses or closes an fd; at others no field of fds has a value. */
const ABOUT_FD: readonly boolean[] = EVENTS.map(({ flags }) =>
  flags.some((flag) => flag === 'creates_fd' || flag === 'uses_fd' || flag === 'destroys_fd'),
);

/** Whether a field certainly has no value at events of a type. */
export function isMissing(name: string, arg: string | undefined, code: EventCode): boolean {
  if ((name === 'evt.arg' || name === 'evt.rawarg') && arg !== undefined) {
    const { params } = EVENTS[code]!;
    return /^\d+$/.test(arg) ? Number(arg) >= params.length : !params.some((param) => param.name === arg);
  }
  // The types of all fds of the process.
  return name.startsWith('fd.') && name !== 'fd.types' && !ABOUT_FD[code];
}

const lacksSide = (side: Check['left'] | undefined, code: EventCode): boolean =>
  side?.base !== undefined && isMissing(side.base.field.name, side.base.arg, code);

/** What a check gives at all events of a type, where that is certain. */
export function knownAt(check: Check, code: EventCode): boolean | undefined {
  const { left, right, accepts } = check;
  if (lacksSide(left, code) || lacksSide(right, code)) return false;
  const known = left.field === undefined ? undefined : knownValue(left.field, code);
  if (known === undefined || accepts === undefined) return undefined;
  return known.value !== undefined && accepts(known.value);
}

const BY_TYPE = /^(?:evt\.(?:type|dir|arg|rawarg)|syscall\.type|fd\..*)$/;

/** Whether `knownAt` may differ from event type to event type. */
export const dependsOnType = ({ left, right }: Check): boolean =>
  [left, right].some((side) => side?.base !== undefined && BY_TYPE.test(side.base.field.name));

/**
 * The event types among these that a driver of today makes: no enter events of system calls, no old forms, and not the events of plug-ins
 * (`asyncevent`), at which every rule is asked and hardly one is meant.
 */
export function currentCodes(codes: Iterable<EventCode>): EventCode[] {
  return [...codes].filter((code) => {
    const { enter, classes, flags, name } = EVENTS[code]!;
    return (
      name !== 'asyncevent' &&
      !flags.includes('old_version') &&
      !flags.includes('unused') &&
      !(enter && classes.includes('syscall'))
    );
  });
}

/** Up to three names of event types, for messages. */
export function namesOf(codes: readonly EventCode[]): string {
  const names = [...new Set(codes.map((code) => EVENTS[code]!.name))];
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}

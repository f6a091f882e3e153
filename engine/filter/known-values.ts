import type { ByteString } from '../bytes.ts';
import type { BoundField, FieldValue } from '../fields/define.ts';
import { parameterIndex } from '../fields/evt-traits.ts';
import { ASYNCEVENT_E, GENERIC_E, GENERIC_X } from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';

const KNOWABLE: ReadonlySet<string> = new Set([
  'evt.dir',
  'evt.type',
  'syscall.type',
  'evt.arg',
  'evt.rawarg',
]);

/** Whether `knownValue` can tell anything of a field. */
export function isKnowable({ field }: BoundField): boolean {
  return KNOWABLE.has(field.name);
}

/**
 * What a field is at every event of a type, where that is certain: `value` is undefined for a field that such events lack. Nothing for fields
 * that depend on the event.
 */
export function knownValue(
  field: BoundField,
  code: EventCode,
): { readonly value: FieldValue | undefined } | undefined {
  const { name, enter, classes } = EVENTS[code]!;
  // These carry the name of the system call, or of the plugin's event.
  const namesItself = code !== GENERIC_E && code !== GENERIC_X && code !== ASYNCEVENT_E;
  switch (field.field.name) {
    case 'evt.dir':
      return { value: enter ? '>' : '<' };
    case 'evt.type':
      return namesItself ? { value: name } : undefined;
    case 'syscall.type':
      if (!classes.includes('syscall')) return { value: undefined };
      return namesItself ? { value: name } : undefined;
    case 'evt.arg':
    case 'evt.rawarg':
      return lacksParameter(code, field.arg) ? { value: undefined } : undefined;
    default:
      return undefined;
  }
}

/** Whether events of a type have no parameter of a name; numbers stand for a place. */
function lacksParameter(code: EventCode, name: ByteString | undefined): boolean {
  return name !== undefined && /^[a-z]/i.test(name) && parameterIndex(name)[code] === -1;
}

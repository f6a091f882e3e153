import type { BoundField, FieldValue } from '../fields/define.ts';
import { ASYNCEVENT_E, GENERIC_E, GENERIC_X } from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';

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
    default:
      return undefined;
  }
}

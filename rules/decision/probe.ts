import {
  Event,
  fieldsIn,
  operandText,
  type AlertFields,
  type BoundOperand,
  type ByteString,
  type Check,
} from '../../engine/index.ts';

/** What conditions are asked about, one check at a time. */
export interface Probe {
  /** How a check comes out; undefined where that cannot be known. */
  test(check: Check): boolean | undefined;
  /** What an operand reads, as outputs print it; undefined where there is no value, or none is known. */
  text(operand: BoundOperand): ByteString | undefined;
}

/** Asks about an event that a machine has applied, as long as it is valid. */
export const eventProbe = (event: Event): Probe => ({
  test: (check) => check.test(event),
  text: (operand) => operandText(operand)(event),
});

/** Asks about an alert. The conditions must be bound to its fields (`AlertFields.bind`). */
export function alertProbe(fields: AlertFields): Probe {
  const event = new Event();
  return {
    test: ({ expr, test }) =>
      fieldsIn(expr).every(({ name, arg }) => fields.has(name, arg)) ? test(event) : undefined,
    text: (operand) => operandText(operand)(event),
  };
}

import {
  addressText,
  fromBytes,
  valueText,
  type BoundField,
  type ByteString,
  type Event,
  type EventInfo,
  type FieldValue,
} from '../../../engine/index.ts';
import { sourcesOf } from './derivations.ts';
import { SceneError, shownValue, type Fact } from './fact.ts';
import type { BoundFact, Circumstances } from './read-back.ts';

/** So many fields are named at most. */
const MOST_NAMED = 3;
const SHORT_ID = 12;

/** The error for a fact that does not hold: what the field reads as, what that follows from, and what to give instead. */
export function complaint(
  event: Event,
  { fact, field }: BoundFact,
  { facts, defaults }: Circumstances,
): SceneError {
  const sources = sourcesOf(fact.field);
  const told = sources.flatMap((source) =>
    facts
      .map((other) => other.fact)
      .filter((other) => other !== fact && other.value !== null && isField(other.field, source))
      .map((other) => `${other.field} ${shownValue(other.value)}`),
  );
  const filled = sources.flatMap((source) =>
    defaults.all
      .filter((other) => other.field === source)
      .map((other) => `${source} ${other.value}, which was filled in`),
  );
  const from = [...told, ...filled].slice(0, 2).join(' and ');
  const message = `${fact.field} ${shownRead(event, field)}, not ${shownValue(fact.value)}`;
  const untold = sources.filter(
    (source) => source !== fact.field && !facts.some((other) => isField(other.fact.field, source)),
  );
  return new SceneError(
    from === '' ? message : `${message}: it follows from ${from}`,
    fact,
    hintFor(event, fact) ?? otherFacts(fact, told, untold),
  );
}

const isField = (field: string, source: string): boolean =>
  field === source || field.startsWith(`${source}[`);

/** What a field reads as. */
function shownRead(event: Event, field: BoundField): string {
  const read = field.get(event);
  if (read === undefined) return 'has no value here';
  const show = (value: FieldValue): string => {
    if (field.type === 'IPADDR' || field.type === 'IPNET') return addressText(value as number | ByteString);
    const text = valueText(value, field.type, field.format, 'normal') ?? String(value);
    return typeof value === 'string' ? shownValue(fromBytes(text)) : text;
  };
  return `is ${Array.isArray(read) ? `[${read.map(show).join(', ')}]` : show(read as FieldValue)} here`;
}

/** How to mend a fact that cannot be true. */
function hintFor(event: Event, fact: Fact): string | undefined {
  const { field, value } = fact;
  const { info, fd } = event;
  if (/^(?:evt\.(?:raw)?arg\.|fs\.path)/.test(field)) return parameters(info);
  if (field.startsWith('fd.') && !info.flags.some((flag) => flag.endsWith('_fd')))
    return `${info.name} is not about an fd: ${parameters(info)}`;
  if (typeof value === 'string') {
    if (field === 'proc.cwd' && !value.endsWith('/')) return `give proc.cwd: ${value}/`;
    if (field === 'container.id' && value.length > SHORT_ID)
      return `give container.id: ${value.slice(0, SHORT_ID)} and, if it matters, container.full_id`;
    if (field === 'fd.name' && value.startsWith('/') && fd?.name.includes('->'))
      return `a connected unix socket has the addresses of both ends before its path: give fd.name: "${fromBytes(fd.name)}"`;
  }
  return undefined;
}

/** Which other facts have a say. */
function otherFacts({ field }: Fact, told: readonly string[], untold: readonly string[]): string | undefined {
  if (told.length > 0) return `leave ${field} away, or change what it follows from`;
  if (untold.length === 0) return undefined;
  return `${field} follows from ${untold.slice(0, MOST_NAMED).join(', ')}: give them instead`;
}

function parameters({ name, params }: EventInfo): string {
  if (params.length === 0) return `${name} has no parameters`;
  return `${name} has the parameters ${params.map((param) => param.name).join(', ')}`;
}

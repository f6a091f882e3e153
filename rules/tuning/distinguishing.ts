import {
  bindField,
  type AlertValues,
  type ByteString,
  type FieldLookup,
  type JsonValue,
  type Source,
} from '../../engine/index.ts';
import type { Language } from '../language.ts';

/**
 * Fields that tell one kind of activity from another, and still mean the same tomorrow: the best to silence by stand first. What is new with each
 * event (ids, times, ports of clients) is not among them.
 */
export const STABLE_FIELDS: readonly ByteString[] = [
  'container.image.repository',
  'k8s.ns.name',
  'proc.name',
  'proc.pname',
  'proc.exepath',
  'fd.name',
  'fd.directory',
  'fd.sip',
  'fd.sport',
  'fd.sip.name',
  'user.name',
  'proc.cmdline',
  'proc.aname[2]',
  'proc.aname[3]',
  'proc.pcmdline',
  'proc.pexepath',
  'container.name',
  'container.image.tag',
  'k8s.pod.name',
  'proc.cwd',
  'user.loginname',
  'evt.type',
];

/** Fields whose values no exception should name. */
const FLEETING =
  /^(?:evt\.(?!type$|arg|res$)|thread\.|fd\.(?:num|ino|cport|lport|cip|lip|uid|dev)|proc\.(?:.*(?:pid|ino|time|duration|vm|fd|sid|pgid)|exe_|tty$)|container\.(?:id|full_id|start_ts|duration|ip|.*json)|user\.(?:uid|loginuid)|group\.gid)/;

/** The name of a connection: ports of clients are new each time. */
const CONNECTION = /:\d+->/;

/** Which fields alerts are told apart by, and how much they last. */
export interface TuningFields {
  /** The best first. */
  readonly stable: readonly ByteString[];
  readonly isFleeting: (name: ByteString) => boolean;
  /** Fields of the user's own and of plug-ins that are not there cannot stand in a condition. */
  readonly lookup: FieldLookup;
}

const SYSCALL_FIELDS: TuningFields = {
  stable: STABLE_FIELDS,
  isFleeting: (name) => FLEETING.test(name),
  lookup: bindField,
};

/** The fields of rules of a source. */
export function tuningFields(language: Language, source: ByteString): TuningFields {
  const found = language.source(source);
  return found === undefined ? SYSCALL_FIELDS : fieldsOf(found, language);
}

function fieldsOf({ name: source, lasting, fleeting }: Source, language: Language): TuningFields {
  return {
    stable: lasting,
    isFleeting: (name) => name.startsWith('evt.') || fleeting.includes(name.replace(/\[.*/s, '')),
    lookup: language.lookup(source),
  };
}

/** The fields by which alerts may be told apart and silenced, those that last longest first. */
export function candidateFields(
  alerts: readonly AlertValues[],
  { stable, isFleeting, lookup }: TuningFields = SYSCALL_FIELDS,
): readonly ByteString[] {
  const named = new Set(alerts.flatMap((values) => [...values.keys()]));
  const others = [...named].filter((name) => !stable.includes(name) && !isFleeting(name)).sort();
  return [...stable.filter((name) => named.has(name)), ...others].filter(
    (name) => isField(name, lookup) && alerts.some((values) => usable(values.get(name)) !== undefined),
  );
}

function isField(name: ByteString, lookup: FieldLookup): boolean {
  const [, field = name, arg] = /^([^[]+)(?:\[(.*)\])?$/s.exec(name) ?? [];
  const found = lookup(field, arg);
  return found !== undefined && !('error' in found);
}

/** A value as an exception can name it; undefined for none. */
export function usable(value: JsonValue | undefined): ByteString | undefined {
  switch (typeof value) {
    case 'string':
      return value === '' || value === '<NA>' || CONNECTION.test(value) ? undefined : value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}

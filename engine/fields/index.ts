/** All fields of Falco's language, and how a name in a condition or an output becomes one. */
import type { ByteString } from '../bytes.ts';
import { containerClass } from './container.ts';
import type { BoundField, Field, FieldClass, FieldError, FieldType, PrintFormat } from './define.ts';
import { evtClass, syscallEvtClass } from './evt.ts';
import { fdClass } from './fd.ts';
import { fdlistClass } from './fdlist.ts';
import { fsPathClass } from './fs-path.ts';
import { groupClass } from './group.ts';
import { splitPluginField } from './plugin-field.ts';
import { procClass } from './proc.ts';
import { userClass } from './user.ts';

export * from './define.ts';
export { staticClass } from './static.ts';

/** Every class of fields, in the order in which Falco looks through them. */
export const allFields: readonly FieldClass[] = [
  evtClass,
  syscallEvtClass,
  procClass,
  userClass,
  groupClass,
  fdClass,
  fsPathClass,
  fdlistClass,
  containerClass,
];

const byName = new Map<string, Field>();
for (const { fields } of allFields) for (const field of fields) byName.set(field.name, field);

const ofPlugin: ReadonlySet<Field> = new Set(containerClass.fields);

/** The field with this name, without arguments. */
export function findField(name: ByteString): Field | undefined {
  return byName.get(name);
}

/** Fields that were bound before, by their names as written. */
const known = new Map<ByteString, BoundField>();
const MAX_KNOWN = 4096;

/**
 * A field with its argument. `undefined`: there is no such field, or none with this argument; an error in Falco's words where Falco has
 * more to say.
 */
export function bindField(name: ByteString, arg?: ByteString): BoundField | FieldError | undefined {
  const written = arg === undefined ? name : `${name}[${arg}]`;
  let found: BoundField | FieldError | undefined = known.get(written);
  if (found === undefined) {
    found = findBound(name, arg);
    const isReusable = found !== undefined && !('error' in found) && found.field.stateful !== true;
    if (isReusable && known.size < MAX_KNOWN) known.set(written, found as BoundField);
  }
  return found;
}

function findBound(name: ByteString, arg: ByteString | undefined): BoundField | FieldError | undefined {
  const field = byName.get(name);
  if (field !== undefined && !ofPlugin.has(field)) return bind(field, arg, false);
  if (name.startsWith('evt.around.')) return { error: 'wrong syntax for evt.around' };
  // A name that Falco once meant to give a field of its own.
  if (name.startsWith('arg')) return { error: 'filter error: proc.arg filter not implemented yet' };
  if (READS_TO_THE_END.test(name))
    return { error: `filter syntax error: ${name}${arg === undefined ? '' : `[${arg}]`}` };
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const owner = byName.get(name.slice(0, dot));
    if (owner?.arg?.dotted !== undefined)
      return arg === undefined ? bind(owner, name.slice(dot + 1), true) : undefined;
  }
  const split = splitPluginField(containerClass.fields, arg === undefined ? name : `${name}[${arg}]`);
  return split === undefined || 'error' in split ? split : bindPlugin(split.field, split.arg);
}

/** `bindField` with a class of fields besides those that are always there. */
export function bindFieldOf(own: FieldClass): typeof bindField {
  return (name, arg) => {
    const field = own.fields.find((candidate) => candidate.name === name);
    return field === undefined ? bindField(name, arg) : bind(field, arg, false);
  };
}

/**
 * The same for events of another source, which have the fields of every event, those of falco.yaml and those of plug-ins, and no others.
 *
 * @param classes The classes of plug-ins, in the order in which Falco looks through them.
 * @param own The fields of falco.yaml.
 */
export function bindPluginFields(classes: readonly FieldClass[], own?: FieldClass): typeof bindField {
  const plain = new Map(
    [evtClass, ...(own ? [own] : [])].flatMap(({ fields }) => fields.map((field) => [field.name, field])),
  );
  return (name, arg) => {
    const written = arg === undefined ? name : `${name}[${arg}]`;
    const field = plain.get(written);
    if (field !== undefined) return bind(field, undefined, false);
    for (const { fields } of classes) {
      const split = splitPluginField(fields, written);
      if (split === undefined) continue;
      return 'error' in split ? split : bindPlugin(split.field, split.arg);
    }
    return undefined;
  };
}

/** Beginnings of names whose rest Falco takes for an argument, whatever it is. */
const READS_TO_THE_END = /^(?:evt\.(?:arg(?!s)|rawarg|around|type\.is)|thread\.cgroup(?!s))[^.]/;

function bind(
  field: Field,
  arg: ByteString | undefined,
  dotted: boolean,
): BoundField | FieldError | undefined {
  if (arg !== undefined && field.arg === undefined) return undefined;
  const own = field.bind === undefined ? {} : field.bind(arg, dotted);
  return own === undefined || 'error' in own ? own : withDefaults(field, arg, own);
}

function bindPlugin(field: Field, arg: ByteString | undefined): BoundField | FieldError | undefined {
  const own = field.bind === undefined ? {} : field.bind(arg, false);
  return own === undefined || 'error' in own ? own : withDefaults(field, arg, own, true);
}

function withDefaults(
  field: Field,
  arg: ByteString | undefined,
  own: Partial<BoundField>,
  plugin = ofPlugin.has(field),
): BoundField {
  return {
    field,
    arg,
    type: field.type,
    list: field.list === true,
    format: field.format ?? (plugin ? 'dec' : defaultFormat(field.type)),
    get: field.get,
    ...(field.shown && { shown: field.shown }),
    ...(field.json && { json: field.json }),
    ...(plugin && { verbatim: true }),
    ...own,
  };
}

/** Text is not printed as a number, and so not even its length, unless its field says so; a plug-in's fields all do. */
function defaultFormat(type: FieldType): PrintFormat {
  return type === 'CHARBUF' || type === 'BYTEBUF' || type === 'IPADDR' || type === 'IPNET' ? 'na' : 'dec';
}

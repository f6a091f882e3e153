import {
  addressText,
  fromBytes,
  networkTest,
  parameterText,
  parseNetwork,
  toBytes,
  valueText,
  type BoundField,
  type ByteString,
  type Event,
  type Extracted,
  type FieldValue,
} from '../../../engine/index.ts';
import type { Defaults } from './defaults.ts';
import { sourcesOf } from './derivations.ts';
import { dataBytes } from './event-setters.ts';
import { SceneError, shownValue, type Fact, type FactValue } from './fact.ts';
import { Given } from './given.ts';

/** A fact with the field that it is about. */
export interface BoundFact {
  readonly fact: Fact;
  readonly field: BoundField;
}

/** What is known beside the event when facts are compared with it. */
export interface Circumstances {
  readonly facts: readonly BoundFact[];
  /** Which fact each parameter of the event is from. */
  readonly given: ReadonlyMap<string, Given>;
  readonly defaults: Defaults;
}

/** Reading these changes what others read, as in Falco. */
const CHANGES_FD = 'evt.abspath';

/** Throws a `SceneError` if a fact does not hold for an event that was applied. */
export function readBack(event: Event, circumstances: Circumstances): void {
  const { fd } = event;
  for (const bound of circumstances.facts) {
    if (bound.field.field.name === CHANGES_FD) continue;
    check(event, bound, circumstances);
  }
  for (const bound of circumstances.facts)
    if (bound.field.field.name === CHANGES_FD) check(event, bound, circumstances);
  event.fd = fd;
}

function check(event: Event, { fact, field }: BoundFact, circumstances: Circumstances): void {
  if (holds(event, fact, field, circumstances.given)) return;
  throw new SceneError(...complaint(event, fact, field, circumstances));
}

const isList = (value: Extracted): value is readonly FieldValue[] => Array.isArray(value);

function holds(event: Event, fact: Fact, field: BoundField, given: ReadonlyMap<string, Given>): boolean {
  const { value } = fact;
  const { name } = field.field;
  if (name === 'evt.arg' || name === 'evt.rawarg') return parameterHolds(event, fact, field, given);
  if (value === null) return field.get(event) === undefined;
  if (field.test !== undefined) return testHolds(event, fact, field, field.test);
  const read = field.get(event);
  if (read === undefined) return false;
  if (isList(read)) {
    const values = typeof value === 'object' ? value : [value];
    return values.length === read.length && read.every((each, i) => equals(each, values[i]!, fact, field));
  }
  if (typeof value === 'object') return read === listText(name, value, field);
  return equals(read, value, fact, field);
}

/** Lists of words stand for the text with blanks between them. */
function listText(name: string, value: readonly FactValue[], field: BoundField): ByteString {
  const texts = value.map((item) => toBytes(String(item)));
  const between =
    name === 'container.labels' || name === 'k8s.pod.labels' ? ', ' : name === 'container.mounts' ? ',' : ' ';
  void field;
  return texts.join(between);
}

/** A field that compares in its own way: it holds if a condition with `=` does; a list is one value for each ancestor. */
function testHolds(
  event: Event,
  fact: Fact,
  field: BoundField,
  test: NonNullable<BoundField['test']>,
): boolean {
  const { value } = fact;
  if (typeof value === 'object' && field.field.name.startsWith('proc.a')) {
    const { thread, machine } = event;
    return value!.every((item, i) => {
      const ancestor = thread?.ancestorProcess(machine!.threads, i + 1);
      if (ancestor === undefined || item === null) return ancestor === undefined && item === null;
      return ancestorText(field.field.name, ancestor) === toBytes(String(item));
    });
  }
  const given = new Given(fact, field);
  const [text = ''] = given.texts();
  const constant: FieldValue =
    field.type === 'IPADDR'
      ? given.address()
      : field.type === 'IPNET'
        ? parseNetwork(text)
        : field.type === 'PORT'
          ? given.port()
          : isText(field)
            ? text
            : given.int();
  return test('=', undefined, [constant], (read) => equals(read, fact.value as FactValue, fact, field))(
    event,
  );
}

type Ancestor = NonNullable<ReturnType<NonNullable<Event['thread']>['ancestorProcess']>>;

function ancestorText(name: string, thread: Ancestor): ByteString {
  switch (name) {
    case 'proc.aexe':
      return thread.exe;
    case 'proc.aexepath':
      return thread.exepath;
    case 'proc.acmdline':
      return thread.commandLine;
    case 'proc.apid':
      return String(thread.pid);
    case 'proc.aargs':
      return thread.args.join(' ');
    default:
      return thread.comm;
  }
}

const isText = ({ type }: BoundField): boolean => type === 'CHARBUF';

/** Whether a field that reads as `read` is what a fact says. */
function equals(read: FieldValue, value: FactValue, fact: Fact, field: BoundField): boolean {
  const given = new Given({ ...fact, value }, field);
  switch (field.type) {
    case 'CHARBUF':
      return read === given.text();
    case 'BYTEBUF':
      return read === dataBytes(given.text());
    case 'BOOL':
      return read === given.flag();
    case 'DOUBLE':
      return Number(read) === Number(value);
    case 'IPADDR':
      return read === given.address();
    case 'IPNET':
      return given.texts().some((text) => networkTest(parseNetwork(text))(read));
    case 'PORT':
      return read === given.port();
    default:
      return typeof read === 'string' ? read === given.text() : sameNumber(read, given.int());
  }
}

const sameNumber = (a: FieldValue, b: FieldValue): boolean => BigInt(a) === BigInt(b);

/** A parameter holds if it is what the fact made it, or shows as the fact says. */
function parameterHolds(
  event: Event,
  fact: Fact,
  field: BoundField,
  given: ReadonlyMap<string, Given>,
): boolean {
  const { arg = '' } = field;
  const index = /^\d+$/.test(arg) ? Number(arg) : event.info.params.findIndex(({ name }) => name === arg);
  if (fact.value === null) return index < 0 || event.isEmpty(index);
  const param = event.info.params[index];
  if (param === undefined) return false;
  if (given.get(param.name)?.fact === fact) return true;
  const { plain, resolved } = parameterText(event, index, 'normal');
  const text = typeof fact.value === 'object' ? fact.value.join('|') : toBytes(String(fact.value));
  return text === plain || text === resolved;
}

/** What a field reads as, for a message. */
function shownRead(event: Event, field: BoundField): string {
  const read = field.get(event);
  if (read === undefined) return 'has no value here';
  const show = (value: FieldValue) => {
    if (field.type === 'IPADDR' || field.type === 'IPNET') return addressText(value as number | ByteString);
    const text = valueText(value, field.type, field.format, 'normal') ?? String(value);
    return typeof value === 'string' ? shownValue(fromBytes(text)) : text;
  };
  return `is ${isList(read) ? `[${read.map(show).join(', ')}]` : show(read)} here`;
}

function complaint(
  event: Event,
  fact: Fact,
  field: BoundField,
  { facts, defaults }: Circumstances,
): [message: string, fact: Fact, hint: string | undefined] {
  const sources = sourcesOf(fact.field);
  const told = sources.flatMap((source) =>
    facts
      .filter(
        (other) =>
          other.fact !== fact && (other.fact.field === source || other.fact.field.startsWith(`${source}[`)),
      )
      .map(({ fact: other }) => `${other.field} ${shownValue(other.value)}`),
  );
  const filled = sources.flatMap((source) =>
    defaults.all
      .filter((other) => other.field === source)
      .map((other) => `${other.field} ${other.value}, which was filled in`),
  );
  const from = [...told, ...filled].slice(0, 2);
  const because = from.length === 0 ? '' : `: it follows from ${from.join(' and ')}`;
  const message = `${fact.field} ${shownRead(event, field)}, not ${shownValue(fact.value)}${because}`;
  return [message, fact, hintFor(event, fact, sources)];
}

/** How to mend a fact that cannot be true. */
function hintFor(event: Event, fact: Fact, sources: readonly string[]): string | undefined {
  const { field, value } = fact;
  const { info } = event;
  const name = info.name;
  if (field.startsWith('evt.arg.') || field.startsWith('evt.rawarg.') || field.startsWith('fs.path'))
    return info.params.length === 0
      ? undefined
      : `${name} has the parameters ${info.params.map((param) => param.name).join(', ')}`;
  if (field.startsWith('fd.') && !info.flags.some((flag) => flag.endsWith('_fd')))
    return `${name} is not about an fd${info.params.length === 0 ? '' : `; it has the parameters ${info.params.map((param) => param.name).join(', ')}`}`;
  if (field === 'proc.cwd' && typeof value === 'string' && !value.endsWith('/'))
    return `give proc.cwd: ${value}/`;
  if (field === 'container.id' && typeof value === 'string' && value.length > 12)
    return `give container.id: ${value.slice(0, 12)} and, if it matters, container.full_id`;
  if (
    field === 'fd.name' &&
    event.fd !== undefined &&
    event.fd.name.includes('->') &&
    typeof value === 'string' &&
    value.startsWith('/')
  )
    return `a connected unix socket has the addresses of both ends before its path: give fd.name: "${fromBytes(event.fd.name)}"`;
  const others = sources.filter((source) => source !== field).slice(0, 3);
  return others.length === 0 ? undefined : `it follows from ${others.join(', ')}: give them instead`;
}

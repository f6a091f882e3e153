import {
  networkTest,
  parameterText,
  parseNetwork,
  toBytes,
  type BoundField,
  type ByteString,
  type Event,
  type Extracted,
  type FieldValue,
} from '../../../engine/index.ts';
import type { Defaults } from './defaults.ts';
import { complaint } from './complaint.ts';
import { dataBytes } from './setters/event.ts';
import type { Fact, FactValue } from './fact.ts';
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
  throw complaint(event, { fact, field }, circumstances);
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
  if (typeof value === 'object') return read === listText(name, value);
  return equals(read, value, fact, field);
}

/** What stands between the values of a list in the text of a field. */
const BETWEEN: Readonly<Record<string, string>> = {
  'container.labels': ', ',
  'k8s.pod.labels': ', ',
  'container.mounts': ',',
};

/** The text that a list of values stands for. */
const listText = (name: string, values: readonly FactValue[]): ByteString =>
  values.map((value) => toBytes(String(value))).join(BETWEEN[name] ?? ' ');

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

/**
 * Fields of events that travel in alerts: Falco prints an event's fields (`output_fields` of a rule that streams events), and conditions and outputs of other
 * rules read them from there as they would have read the event.
 */
import type { ByteString } from '../bytes.ts';
import { Event } from '../event.ts';
import { eventCodeNamed } from '../filter/event-types.ts';
import type { FieldLookup } from '../filter/operand.ts';
import { isFieldError } from '../filter/operand.ts';
import type { ParamInfo } from '../tables/types.ts';
import { EVENTS } from '../tables/events.generated.ts';
import { Double, type JsonValue } from '../json.ts';
import { alertValue, keyOf } from './alert-fields.ts';
import type { BoundField, Extracted, FieldTest, FieldType, FieldValue } from './define.ts';
import { rawFieldType } from './evt-rawarg.ts';
import { testAddress, testNetwork, testPort, type Ends } from './fd-net-tests.ts';
import { findField } from './index.ts';
import { isNumber } from './raw-values.ts';
import type { IpAddress } from '../state/snapshot.ts';

/** What a field is read for. */
export type FieldUse = 'condition' | 'output';

/** How a field travels. */
export type Carriage =
  | {
      /** The keys of `output_fields` that it is read from; none if the time or the type of the event says it. */
      readonly needs: readonly ByteString[];
      /** Where the alert tells less than the event. */
      readonly limit?: string;
    }
  /** It does not travel, as such. */
  | { readonly why: string };

/** Levels of ancestors that are looked at for `proc.aname` and its like without a level. */
const CARRIED_ANCESTORS = 12;

/** The time of the event, which every alert has, says all of these. */
const OF_TIME = /^evt\.(?:time|datetime|rawtime|outputtime)(?:\.|$)/;
const OF_TYPE: ReadonlySet<string> = new Set(['evt.dir', 'evt.type.is']);
const EITHER_END: ReadonlySet<string> = new Set(['fd.ip', 'fd.net', 'fd.port', 'fd.proto']);
const NETWORK = /^fd\.([cslr])net$/;
const ANCESTORS: ReadonlySet<string> = new Set([
  'proc.aexe',
  'proc.aexepath',
  'proc.aname',
  'proc.acmdline',
  'proc.apid',
]);

const isEngineField = ({ field }: BoundField): boolean => findField(field.name) === field;

/** How a field travels; the name is the key that Falco prints it under. */
export function carriageOf(found: BoundField, key: ByteString, use: FieldUse): Carriage {
  const { field, arg, type, list, format } = found;
  const { name } = field;
  // What falco.yaml says is the same for all events.
  if (!isEngineField(found) || OF_TIME.test(name)) return { needs: [] };
  if (OF_TYPE.has(name)) return { needs: ['evt.type'] };
  if (field.stateful === true)
    return { why: 'it tells of what happened since it was last read, and each reader has its own last time' };
  if (name === 'evt.around') return { why: 'alerts do not show it, nor the distance to another event' };
  if (EITHER_END.has(name))
    return {
      needs: [...endKeys(name), 'fd.num'],
      limit: 'sockets of which it is not known who called whom do not show their addresses in alerts',
    };
  const [, end] = NETWORK.exec(name) ?? [];
  if (end !== undefined) return { needs: [`fd.${end}ip`] };
  if (name === 'evt.rawarg') return rawCarriage(found, key, use);
  if (use === 'output' && !list) return { needs: [key] };
  if (found.test !== undefined) {
    if (!ANCESTORS.has(name) || arg !== undefined)
      return { why: 'conditions compare something else than what alerts show' };
    return {
      needs: levelKeys(name),
      limit: `only ${CARRIED_ANCESTORS} levels of ancestors are looked at`,
    };
  }
  if (list) return { needs: [key], limit: 'an empty list is none in alerts' };
  if (type === 'BYTEBUF')
    return { why: 'conditions compare its bytes, and alerts show the printable ones only' };
  if (isNumber(type) && format === 'na' && type !== 'INT64') return { why: 'alerts show no number for it' };
  if (type === 'DOUBLE' && format === 'dec') return { why: 'alerts show it without its fraction' };
  return { needs: [key] };
}

const endKeys = (name: string): readonly ByteString[] =>
  name === 'fd.port' || name === 'fd.proto' ? ['fd.cport', 'fd.sport'] : ['fd.cip', 'fd.sip'];

const levelKeys = (name: string): readonly ByteString[] =>
  Array.from({ length: CARRIED_ANCESTORS }, (_, i) => `${name}[${i + 1}]`);

/** Parameters of one name can have several types; what an alert shows does not say which one it was. */
function rawCarriage({ format, incomparable }: BoundField, key: ByteString, use: FieldUse): Carriage {
  if (use === 'output') return { needs: [key] };
  const name = key.slice('evt.rawarg.'.length);
  const params = EVENTS.flatMap(({ params }) => params.filter((param) => param.name === name));
  const types = new Set(params.map((param: ParamInfo) => `${rawFieldType(param)} ${param.format}`));
  const type = rawFieldType(params[0]!);
  if (types.size > 1)
    return { why: `parameters of this name are of several types: ${[...types].join(', ')}` };
  if (incomparable !== undefined || type === 'BYTEBUF')
    return { why: 'conditions compare its bytes, and alerts show a text' };
  if (isNumber(type) && format === 'na' && type !== 'INT64') return { why: 'alerts show no number for it' };
  return { needs: [key] };
}

/** What an alert says of fields: `output_fields` by their keys, such as `AlertValues`. */
export interface CarriedValues {
  get(key: ByteString): JsonValue | undefined;
}

/** Reads the fields that travel from an alert (`point`). Those that do not travel are absent. */
export class CarriedFields {
  values: CarriedValues = new Map<ByteString, JsonValue>();
  /** The event that the alert tells of: its type and its time. */
  readonly event = new Event();

  /**
   * Takes the fields of an alert, and the time of its event; false if they do not say which type of event it was.
   *
   * @param time Nanoseconds since the epoch.
   */
  point(values: CarriedValues, time: bigint): boolean {
    const type = values.get('evt.type');
    if (typeof type !== 'string') return false;
    const { event } = this;
    this.values = values;
    event.code = eventCodeNamed(type);
    event.info = EVENTS[event.code]!;
    event.timeLow = Number(time & 0xffff_ffffn);
    event.timeHigh = Number((time >> 32n) & 0xffff_ffffn);
    event.num++;
    return true;
  }

  /** The fields of another look-up, read from alerts. Times and the type are still the event's. */
  over(lookup: FieldLookup): FieldLookup {
    return (name, arg) => {
      const found = lookup(name, arg);
      if (found === undefined || isFieldError(found)) return found;
      return this.#bound(found, keyOf(name, arg));
    };
  }

  #bound(found: BoundField, key: ByteString): BoundField {
    const { field, arg, type, list, format } = found;
    const { name } = field;
    if (!isEngineField(found) || OF_TIME.test(name) || OF_TYPE.has(name)) return found;
    const shown = this.#reader(key, type, list, format);
    const read = 'why' in carriageOf(found, key, 'condition') ? () => undefined : shown;
    const bound = {
      field,
      arg,
      type,
      list,
      format,
      get: read,
      // Alerts have been cleaned.
      verbatim: true as const,
      shown,
      json: () => this.#printed(key, type),
      ...(found.parseValue && { parseValue: found.parseValue }),
      ...(found.incomparable !== undefined && { incomparable: found.incomparable }),
    };
    if (EITHER_END.has(name)) return { ...bound, test: this.#eitherEnd(name) };
    const [, end] = NETWORK.exec(name) ?? [];
    if (end !== undefined) return { ...bound, get: this.#reader(`fd.${end}ip`, 'IPADDR', false, 'na') };
    if (name === 'evt.rawarg') return { ...bound, text: this.#textAsPrinted(key), test: rawTest(read, type) };
    if (type === 'BYTEBUF') return { ...bound, text: this.#textAsPrinted(key) };
    if (found.test === undefined) return bound;
    return { ...bound, test: ANCESTORS.has(name) && arg === undefined ? this.#anyLevel(found) : never };
  }

  #reader(key: ByteString, type: FieldType, list: boolean, format: BoundField['format']) {
    return (): Extracted => alertValue(this.values.get(key), type, list, format);
  }

  /** In JSON, a value is what it was. */
  #printed(key: ByteString, type: FieldType): JsonValue {
    const value = this.values.get(key) ?? null;
    return type === 'DOUBLE' && typeof value === 'number' ? new Double(value) : value;
  }

  /** What is printed and cannot be read back is printed as it came. */
  #textAsPrinted(key: ByteString): NonNullable<BoundField['text']> {
    return () => {
      const value = this.values.get(key);
      if (value === undefined || value === null || typeof value === 'object') return undefined;
      return String(value);
    };
  }

  #eitherEnd(name: string): NonNullable<BoundField['test']> {
    const [client, server] = endKeys(name).map((key) =>
      this.#reader(key, key.endsWith('port') ? 'PORT' : 'IPADDR', false, 'dec'),
    ) as [() => Extracted, () => Extracted];
    const number = this.#reader('fd.num', 'INT64', false, 'dec');
    /** A listening socket has one end, which stands for both. */
    const both =
      <T>(holds: (source: T, destination: T) => boolean): FieldTest =>
      () => {
        const [c, s] = [client(), server()];
        if (c === undefined && s === undefined) return false;
        return holds((c ?? s) as T, (s ?? c) as T);
      };
    const ends: Ends = {
      isKnown: () => number() !== undefined,
      ofAddresses: both<IpAddress>,
      ofPorts: both<number>,
      ofListening: (holds) => () => {
        const address = server();
        return client() === undefined && address !== undefined && holds(address as IpAddress);
      },
    };
    return name === 'fd.ip' ? testAddress(ends) : name === 'fd.net' ? testNetwork(ends) : testPort(ends);
  }

  #anyLevel({ field, type, format }: BoundField): NonNullable<BoundField['test']> {
    const levels = levelKeys(field.name).map((key) => this.#reader(key, type, false, format));
    return (_op, _modifier, _values, compare) => () => {
      for (const read of levels) {
        const value = read();
        if (value === undefined) return false;
        if (compare(value as FieldValue)) return true;
      }
      return false;
    };
  }
}

const never = (): FieldTest => () => false;

/** As with events: numbers are found in no list. */
function rawTest(read: () => Extracted, type: FieldType): NonNullable<BoundField['test']> {
  return (op, _modifier, _values, compare) => {
    const searches = op === 'in' || op === 'intersects';
    if (op !== 'exists' && searches && isNumber(type)) return () => false;
    return () => {
      const value = read();
      return value !== undefined && (op === 'exists' || compare(value as FieldValue));
    };
  };
}

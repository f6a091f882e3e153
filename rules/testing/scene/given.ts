import {
  CAPABILITIES,
  parseNetwork,
  readAddress,
  servicePort,
  toBytes,
  type BoundField,
  type ByteString,
  type Int,
  type IpAddress,
} from '../../../engine/index.ts';
import { SceneError, shownValue, type Fact, type FactValue } from './fact.ts';

/** Whole numbers as facts may have them. */
const INTEGER = /^[+-]?(?:\d+|0x[0-9a-f]+)$/i;

/**
 * A fact whose field was found and whose value is not null, with the ways to read the value. They throw a `SceneError` for a value of another
 * kind.
 */
export class Given {
  readonly fact: Fact;
  /** The field's name without its argument. */
  readonly name: string;
  /** The argument, of fields that have one; '' if there is none. */
  readonly arg: ByteString;
  readonly field: BoundField;

  constructor(fact: Fact, field: BoundField) {
    this.fact = fact;
    this.field = field;
    this.name = field.field.name;
    this.arg = field.arg ?? '';
  }

  get value(): Exclude<FactValue, null> {
    return this.fact.value as Exclude<FactValue, null>;
  }

  /** One value of a list, as if it had been given alone. */
  part(value: FactValue): Given {
    if (value === null || typeof value === 'object') this.#expected('a list of single values');
    return new Given({ ...this.fact, value }, this.field);
  }

  fail(message: string, hint?: string): never {
    throw new SceneError(message, this.fact, hint);
  }

  #expected(what: string): never {
    this.fail(`${what} was expected for ${this.fact.field}, and ${shownValue(this.value)} was given`);
  }

  /** One value as text: that of numbers and booleans too. */
  text(): ByteString {
    const { value } = this;
    if (typeof value === 'object') this.#expected('one value, not a list');
    return toBytes(String(value));
  }

  /** The texts of a list; a text is parted at its blanks. */
  words(): ByteString[] {
    const { value } = this;
    if (typeof value !== 'object') return value === '' ? [] : this.text().split(' ');
    return this.texts();
  }

  /** The texts of a list; one value is a list of one. */
  texts(): ByteString[] {
    const { value } = this;
    if (typeof value !== 'object') return [this.text()];
    return value.map((item) =>
      item === null || typeof item === 'object' ? this.#expected('a list of texts') : toBytes(String(item)),
    );
  }

  /** A whole number with all its digits. */
  int(): Int {
    const { value } = this;
    if (typeof value === 'bigint') return narrow(value);
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (typeof value !== 'string' || !INTEGER.test(value)) this.#expected('a whole number');
    const negative = value.startsWith('-');
    const digits = BigInt(value.replace(/^[+-]/, ''));
    return narrow(negative ? -digits : digits);
  }

  /** A whole number that is not large: an id, a port, a count. */
  number(): number {
    return Number(this.int());
  }

  flag(): boolean {
    const { value } = this;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#expected('true or false');
  }

  address(): IpAddress {
    try {
      return readAddress(this.text());
    } catch {
      return this.#expected('an IPv4 or IPv6 address');
    }
  }

  port(): number {
    const { value } = this;
    const port = typeof value === 'string' ? servicePort(value) : undefined;
    return port ?? this.number();
  }

  /** The bits of capabilities that are named. */
  capabilities(): Int {
    let bits = 0n;
    for (const name of this.words()) {
      const bit = CAPABILITIES.indexOf(name);
      if (bit < 0) this.fail(`there is no capability ${name}`);
      bits |= 1n << BigInt(bit);
    }
    return narrow(bits);
  }

  /** An address in the network that is given, the first one of a list. */
  addressInNetwork(): IpAddress {
    const [text = ''] = this.texts();
    let network: ByteString;
    try {
      network = parseNetwork(text);
    } catch {
      return this.#expected('a network, as in 10.0.0.0/8');
    }
    const host = text.slice(0, text.indexOf('/'));
    const address = readAddress(host);
    const isOne = network.length === 8 ? text.endsWith('/32') : text.endsWith('/128');
    if (isOne) return address;
    if (typeof address === 'number') return (address | 1) >>> 0;
    return address.slice(0, 15) + String.fromCharCode(address.charCodeAt(15) | 1);
  }
}

/** A number, where it keeps all digits. */
export const narrow = (value: bigint): Int =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { readCapture } from '../../../../daemon/capture.ts';
import {
  addressText,
  bindField,
  fromBytes,
  toBytes,
  type BoundField,
  type Event,
  type FieldValue,
} from '../../../../engine/index.ts';
import { Scene, SceneError, type FactValue } from '../../../../rules/testing/scene/index.ts';
import { hasOracle, oraclePath } from '../../../oracle.ts';
import { factsOf, type Facts } from './facts.ts';

/** What a test of a rule says of an event, more or less. */
const FIELDS = [
  'evt.type',
  'evt.rawres',
  'proc.name',
  'proc.exe',
  'proc.exepath',
  'proc.args',
  'proc.cmdline',
  'proc.cwd',
  'proc.tty',
  'proc.pid',
  'proc.vpid',
  'thread.tid',
  'proc.sid',
  'proc.vpgid',
  'proc.pname',
  'proc.ppid',
  'proc.aname[2]',
  'user.uid',
  'user.name',
  'user.loginuid',
  'group.gid',
  'container.id',
  'container.image.repository',
  'proc.is_exe_writable',
  'proc.is_exe_upper_layer',
  'thread.cap_effective',
  'fd.num',
  'fd.name',
  'fd.type',
  'fd.directory',
  'fd.l4proto',
  'fd.sip',
  'fd.sport',
  'fd.cip',
  'fd.is_server',
  'evt.is_open_read',
  'evt.is_open_write',
].map((name) => {
  const [, field = '', arg] = /^([^[]+)(?:\[(.*)\])?$/.exec(name)!;
  return [name, bindField(field, arg) as BoundField] as const;
});

function factOf(value: FieldValue, { type }: BoundField): FactValue {
  if (type === 'IPADDR') return addressText(value as number | string);
  return typeof value === 'string' ? fromBytes(value) : value;
}

/** What an event says, as facts; undefined for one with text that is no UTF-8. */
function describeEvent(event: Event): Facts | undefined {
  const facts: Record<string, FactValue> = {};
  for (const [name, field] of FIELDS) {
    const value = field.get(event) as FieldValue | undefined;
    if (typeof value === 'string' && field.type === 'CHARBUF' && toBytes(fromBytes(value)) !== value)
      return undefined;
    facts[name] = value === undefined ? null : factOf(value, field);
  }
  return facts;
}

const UNTOLD: ReadonlySet<string> = new Set(['fdlist', 'bytebuf', 'dyn']);

const read = (event: Event, name: string): FieldValue | undefined =>
  (bindField(name) as BoundField).get(event) as FieldValue | undefined;

/** What the parameters of an event show. */
function describeParameters(event: Event): Facts | undefined {
  const facts: Record<string, FactValue> = {};
  for (const name of ['evt.type', 'proc.pid', 'thread.tid', 'proc.cwd']) {
    const value = read(event, name);
    facts[name] = value === undefined ? null : fromBytes(String(value));
  }
  const { params } = event.info;
  const isOfProcess = params.some(({ name }) => name === 'comm');
  for (const { name, type } of params) {
    // Buffers are cut when they are shown, and the name of a process does not tell which of two it is.
    if (UNTOLD.has(type) || (type === 'pid' && isOfProcess)) continue;
    const text = read(event, `evt.arg.${name}`) as string | undefined;
    if (text === undefined || event.isEmpty(params.findIndex((param) => param.name === name))) continue;
    if (toBytes(fromBytes(text)) !== text) return undefined;
    facts[`evt.arg.${name}`] = fromBytes(text);
  }
  return facts;
}

/** Events of a kind that are taken of a capture: of one type, and failed or not. */
const OF_A_KIND = 8;
/** Of so many events one is taken, so that not all are of one process. */
const ONE_OF = 7;

/** What some events of each kind say, and what their parameters show. */
async function eventsOf(path: string): Promise<Facts[]> {
  const described: Facts[] = [];
  const kinds = new Map<string, number>();
  await readCapture(path, {
    onEvent: (event, visible) => {
      const { thread } = event;
      if (!visible || thread?.mainThread === undefined || thread.isInvalid) return true;
      const kind = `${String(read(event, 'evt.type'))} ${event.errorCode > 0}`;
      const count = kinds.get(kind) ?? 0;
      if (count >= OF_A_KIND * ONE_OF) return true;
      kinds.set(kind, count + 1);
      if (count % ONE_OF === 0)
        described.push(
          ...[describeEvent(event), describeParameters(event)].filter((facts) => facts !== undefined),
        );
      return true;
    },
  });
  return described;
}

/** What is wrong with the facts of an event; undefined if they come true. */
function complaintAbout(facts: Facts): string | undefined {
  try {
    new Scene().apply(factsOf(facts));
    return undefined;
  } catch (error) {
    if (!(error instanceof SceneError)) throw error;
    return `${String(facts['evt.type'])} of ${String(facts['thread.tid'])}: ${error.message}`;
  }
}

describe('scenes made of what captures hold', function () {
  this.timeout(60000);
  const own = (name: string) => join(import.meta.dirname, '../../../captures', `${name}.scap`);
  const captures = ['podman-shell', 'read-sensitive-files', 'web-shell-default'].map(own);
  if (hasOracle())
    for (const name of ['network', 'threads-and-files', 'container-shell']) {
      const path = oraclePath('..', 'captures', `${name}.scap`);
      if (existsSync(path)) captures.push(path);
    }
  for (const path of captures)
    it(`give the events of ${basename(path)} again`, async () => {
      const described = await eventsOf(path);
      expect(described.length).to.be.greaterThan(100);
      expect(described.map(complaintAbout).filter((message) => message !== undefined)).to.deep.equal([]);
    });
});

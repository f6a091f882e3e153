import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromBytes } from '../../../engine/bytes.ts';
import { Event } from '../../../engine/event.ts';
import { containerClass } from '../../../engine/fields/container.ts';
import type { BoundField, Extracted } from '../../../engine/fields/define.ts';
import { groupClass } from '../../../engine/fields/group.ts';
import { userClass } from '../../../engine/fields/user.ts';
import { readAccounts } from '../../../engine/state/accounts.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { ScapReader } from '../../../replay/scap/reader.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

interface ListedClass {
  readonly class: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly is_list: boolean;
    readonly argument: { readonly required: boolean; readonly type: readonly string[] } | null;
  }[];
}

const classes = [containerClass, userClass, groupClass];
const all = classes.flatMap(({ fields }) => fields);
const getters: [name: string, get: (event: Event) => Extracted][] = all
  .filter((field) => field.arg === undefined)
  .map((field) => [field.name, field.get]);
for (const name of ['container.mount.source', 'container.mount.dest']) {
  const bound = all.find((field) => field.name === name)!.bind!('0') as BoundField;
  getters.push([`${name}[0]`, bound.get]);
}

/** The one account that Falco found on its own machine for an id that a capture does not explain. */
const accounts = readAccounts('cloudsdk:x:1000:1000::/home/cloudsdk:/bin/bash', 'cloudsdk:x:1000:');

/** Recordings of more bytes are compared only where the reference data is required. */
const LARGE = process.env['REQUIRE_ORACLE'] === '1' ? Infinity : 400_000;

const recordings = () =>
  readdirSync(oraclePath('fields')).filter(
    (name) => name.endsWith('.gz') && statSync(oraclePath('fields', name)).size < LARGE,
  );

type Values = Readonly<Record<string, unknown>>;

function inflate(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

/** What Falco printed, event by event. Numbers that a double cannot hold are rounded. */
function recorded(recording: string): Values[] {
  const lines = Buffer.from(inflate(oraclePath('fields', recording)))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Values);
}

function shown(value: Extracted): unknown {
  return typeof value === 'string' ? fromBytes(value) : typeof value === 'bigint' ? Number(value) : value;
}

describe('container.*, k8s.*, user.* and group.* as Falco printed them', function () {
  if (!hasOracle()) return;
  this.timeout(60_000);

  for (const { name, fields } of classes)
    it(`${name}: its fields are those of Falco`, () => {
      const text = readFileSync(oraclePath('tables', 'fields.json'), 'utf8');
      const listed = (JSON.parse(text) as ListedClass[]).find((each) => each.class === name)!;
      const ours = fields.map(({ name, type, list, arg }) => ({
        name,
        type,
        is_list: list ?? false,
        argument: arg
          ? { required: arg.required, type: [...(arg.index ? ['INDEX'] : []), ...(arg.key ? ['KEY'] : [])] }
          : null,
      }));
      expect(ours).to.deep.equal(listed.fields);
    });

  for (const recording of recordings())
    it(recording, () => {
      const capture = `${recording.split('.', 1)[0]}.scap`;
      const given = oraclePath('captures', capture);
      const machine = new Machine();
      machine.users.local = accounts;
      const reader = new ScapReader(capture, machine);
      reader.feed(inflate(existsSync(given) ? given : oraclePath('..', 'captures', capture)));
      const event = new Event();
      const wanted = recorded(recording);
      let at = 0;
      while (at < wanted.length && reader.next(event)) {
        if (!machine.apply(event) || event.num !== wanted[at]!['evt.num']) continue;
        for (const [name, get] of getters) {
          const value = shown(get(event));
          if (value !== wanted[at]![name])
            expect(value, `${name} of event ${event.num}`).to.equal(wanted[at]![name]);
        }
        at++;
      }
      expect(at, 'events').to.equal(wanted.length);
    });
});

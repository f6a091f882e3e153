import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Event } from '../../../engine/index.ts';
import { SYSCALLS } from '../../../engine/tables/events.generated.ts';
import { openCapture } from '../../../replay/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { StateLog } from './state-log.ts';

/** What Falco printed of one event. */
interface Recorded {
  readonly num: number;
  readonly type: string;
  readonly time: string;
  readonly cpu: number;
}

/** The value of a key in a line of JSON, without parsing the other two hundred. */
function valueOf(lines: Buffer, start: number, end: number, key: string): string {
  const name = `"${key}":`;
  const at = lines.indexOf(name, start, 'latin1');
  if (at < 0 || at >= end) throw new Error(`no ${key} at ${start}`);
  let from = at + name.length;
  const quote = lines[from] === 0x22;
  if (quote) from++;
  let to = from;
  while (quote ? lines[to] !== 0x22 : lines[to] !== 0x2c && lines[to] !== 0x7d) to++;
  return lines.toString('latin1', from, to);
}

function readRecorded(path: string): Recorded[] {
  const lines = gunzipSync(readFileSync(path));
  const recorded: Recorded[] = [];
  for (let start = 0; start < lines.length;) {
    let end = lines.indexOf(10, start);
    if (end < 0) end = lines.length;
    const field = (key: string) => valueOf(lines, start, end, key);
    recorded.push({
      num: Number(field('evt.num')),
      type: field('evt.type'),
      time: field('evt.rawtime'),
      cpu: Number(field('evt.cpu')),
    });
    start = end + 1;
  }
  return recorded;
}

/**
 * `evt.type` of an event: system calls without a type of their own and asynchronous events carry their names. Undefined where only the
 * number that the machine's kernel gives to a system call tells.
 */
function typeOf(event: Event): string | undefined {
  switch (event.info.symbol) {
    case 'GENERIC_X':
      return event.uint16(0) === 0 ? undefined : SYSCALLS.get(event.uint16(0) ?? -1);
    case 'ASYNCEVENT_E':
      return event.string(1);
    default:
      return event.info.name;
  }
}

const captures: (readonly [name: string, capture: string, fields: string])[] = [];
if (hasOracle())
  for (const file of readdirSync(oraclePath('fields')).filter((name) => name.endsWith('.jsonl.gz'))) {
    const name = file.replace(/\..*/, '');
    const capture = [
      oraclePath('captures', `${name}.scap`),
      oraclePath('..', 'captures', `${name}.scap`),
    ].find((path) => existsSync(path));
    if (capture !== undefined) captures.push([name, capture, oraclePath('fields', file)]);
  }

describe('the events of a capture, as Falco counts them', () => {
  for (const [name, path, fields] of captures)
    it(name, async () => {
      const recorded = readRecorded(fields);
      expect(recorded.length).greaterThan(100);
      const capture = await openCapture(path, new StateLog());
      const event = new Event();
      let num = 0;
      let matched = 0;
      while (matched < recorded.length && (await capture.fill()))
        while (capture.next(event)) {
          if (++num !== recorded[matched]?.num) continue;
          const { type, time, cpu } = recorded[matched]!;
          if (`${typeOf(event) ?? type} ${event.time} ${event.cpu}` !== `${type} ${time} ${cpu}`)
            expect.fail(`event ${num}: ${typeOf(event)} ${event.time}, Falco: ${type} ${time}`);
          matched++;
        }
      await capture.close();
      expect(matched).equals(recorded.length);
    });
});

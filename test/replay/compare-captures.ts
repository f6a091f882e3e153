/** Compares captures event by event, with the values of fields. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { allFields, bindField, Event, Machine, type BoundField, type Field } from '../../engine/index.ts';
import { openCapture } from '../../replay/index.ts';
import { hasOracle, oraclePath } from '../oracle.ts';

const OWN = join(import.meta.dirname, '../captures');

const scapFiles = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.scap'))
    .map((name) => join(directory, name));

/** The recordings of the project, made by Falco 0.44.1 itself. */
export const ownCaptures: readonly string[] = scapFiles(OWN);

/** Those of the reference data: others by Falco 0.44.1, and old ones of other versions. */
export function referenceCaptures(): string[] {
  if (!hasOracle()) return [];
  return [oraclePath('..', 'captures'), oraclePath('captures')].filter(existsSync).flatMap(scapFiles);
}

const WITH_ARGUMENTS = [
  'proc.aname[1]', 'proc.aname[2]', 'proc.apid[1]', 'proc.acmdline[1]', 'proc.aexepath[2]', 'proc.aenv[PATH]', 'proc.env[PATH]',
  'evt.arg[0]', 'evt.arg[1]', 'evt.arg[2]', 'evt.arg[3]', 'evt.arg[4]', 'evt.arg.path', 'thread.cgroup.cpu', 'thread.cgroup.memory',
]; // prettier-ignore

/** Every field without an argument, and some with one, but for those that `except` names. */
export function fieldsToCompare(except: (field: Field) => boolean = () => false): BoundField[] {
  const plain = allFields
    .flatMap(({ fields }) => fields)
    .filter((field) => field.arg?.required !== true && field.filterOnly !== true && !except(field))
    .map(({ name }) => bindField(name));
  const others = WITH_ARGUMENTS.map((text) => {
    const [, name, arg] = /^([^[]+)(?:\[(.*)\])?$/.exec(text)!;
    return bindField(name!, arg);
  });
  return [...plain, ...others].filter(
    (bound): bound is BoundField => bound !== undefined && !('error' in bound),
  );
}

/** The events of a capture that `wanted` wants, each once a machine has applied it; valid until the next. */
export async function* eventsOf(
  path: string,
  wanted: (event: Event, visible: boolean) => boolean = () => true,
): AsyncGenerator<Event, void> {
  const machine = new Machine();
  const capture = await openCapture(path, machine);
  const event = new Event();
  try {
    while (await capture.fill())
      while (capture.next(event)) if (wanted(event, machine.apply(event))) yield event;
  } finally {
    await capture.close();
  }
}

function bytesOfEvent({ bytes, start, length }: Event): Uint8Array {
  return bytes.subarray(start, start + length);
}

/**
 * What is different in two sequences of events, as texts: bytes, processor and flags of every event, and the values of `fields` at
 * each event whose number `every` divides. `bind` gives the fields: each capture has its own, since some remember what they gave.
 */
export async function differences(
  [first, second]: readonly [AsyncGenerator<Event, void>, AsyncGenerator<Event, void>],
  bind: () => readonly BoundField[],
  every = 1,
): Promise<{ found: string[]; compared: number }> {
  const found: string[] = [];
  let compared = 0;
  const others = bind();
  const fields = bind().map((bound, i) => ({ ...bound, other: others[i]!.get }));
  for await (const left of first) {
    const next = await second.next();
    if (next.done === true) {
      found.push(`the second capture ends before event ${left.num}`);
      break;
    }
    const right = next.value;
    if (
      left.cpu !== right.cpu ||
      left.blockFlags !== right.blockFlags ||
      Buffer.compare(bytesOfEvent(left), bytesOfEvent(right)) !== 0
    )
      found.push(`${left.num} ${left.info.symbol} is ${right.num} ${right.info.symbol}, or has other bytes`);
    if (left.num % every === 0)
      for (const { field, arg, get, other } of fields) {
        const value = String(get(left));
        const become = String(other(right));
        compared++;
        if (value !== become)
          found.push(`${left.num} ${left.info.symbol} ${field.name}${arg ?? ''}: ${value} became ${become}`);
      }
    if (found.length > 20) break;
  }
  await first.return();
  if (found.length === 0 && (await second.next()).done !== true)
    found.push('the second capture goes on after the end of the first');
  await second.return();
  return { found, compared };
}

import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatLines,
  showEvents,
  showProcessTrees,
  summarizeEvents,
  type ProcessTree,
  type Selection,
} from '../../../daemon/index.ts';
import { fromBytes, toBytes, type Diagnostic } from '../../../engine/index.ts';
import * as code from '../../../engine/tables/codes.generated.ts';
import { captureFiles } from '../../../replay/index.ts';
import { compileFilter } from '../../../rules/index.ts';
import { eventBytes } from '../../event-bytes.ts';
import {
  block,
  bytes,
  concat,
  eventBlock,
  machineInfo,
  sectionHeader,
  type Bytes,
} from '../../replay/scap/writer.ts';
import { at, capture, clone, example, execve, exit, START } from './synthetic.ts';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-show-'))));
after(() => rmSync(folder, { recursive: true }));

type Wanted = Omit<Selection, 'captures' | 'onDiagnostic' | 'filter'> & { readonly condition?: string };

async function selectionOf(
  captures: readonly Uint8Array[],
  { condition, ...wanted }: Wanted,
  diagnostics: Diagnostic[] = [],
): Promise<Selection> {
  const paths = captures.map((bytes, i) => {
    const path = join(folder, `${i}.scap`);
    writeFileSync(path, bytes);
    return path;
  });
  return {
    captures: await captureFiles(paths),
    ...(condition !== undefined && { filter: compileFilter(condition) }),
    ...wanted,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  };
}

describe('showEvents', () => {
  async function numbers(
    captures: readonly Uint8Array[],
    wanted: Wanted = {},
    format = '%evt.num',
  ): Promise<string> {
    let shown = '';
    await showEvents({
      ...(await selectionOf(captures, wanted)),
      writer: () => formatLines(format),
      onLines: async (lines) => void (shown += lines),
    });
    return shown.trimEnd().replaceAll('\n', ' ');
  }

  const cases: [about: string, wanted: Wanted, expected: string][] = [
    ['shows all that rules see', {}, '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'],
    ['selects by a condition', { condition: 'proc.name = cat and evt.type = openat' }, '4 5'],
    ['begins at a number', { from: 13 }, '13 14 15'],
    ['stops after so many', { count: 2 }, '1 2'],
    ['counts what it selects', { condition: 'evt.type = clone', from: 2, count: 2 }, '2 10'],
    ['has nothing to show beyond the end', { from: 16 }, ''],
  ];
  for (const [about, wanted, expected] of cases)
    it(about, async () => expect(await numbers([example], wanted)).to.equal(expected));

  it('counts what it shows, not what the format leaves out', async () =>
    expect(await numbers([example], { count: 2 }, '%evt.num%evt.buflen')).to.equal('65 97'));

  it('shows hidden events when asked', async () => {
    const bytes = capture(at(0, code.SYSCALL_EXECVE_19_E, 7, '/bin/x'), at(1, code.SYSCALL_CLOSE_X, 7, 0, 3));
    expect(await numbers([bytes])).to.equal('2');
    expect(await numbers([bytes], { hidden: true })).to.equal('1 2');
  });

  it('starts anew with each capture, and counts over all', async () =>
    expect(await numbers([example, example, example], { from: 13, count: 5 })).to.equal('13 14 15 13 14'));

  it('stops reading once it has enough', async () => {
    const damaged = concat(example, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    const diagnostics: Diagnostic[] = [];
    const run = async (wanted: Wanted): Promise<void> =>
      showEvents({
        ...(await selectionOf([damaged], wanted, diagnostics)),
        writer: () => formatLines('%evt.num'),
        onLines: async () => undefined,
      });
    await run({ count: 15 });
    expect(diagnostics).to.deep.equal([]);
    await run({});
    expect(diagnostics.map(({ severity }) => severity)).to.deep.equal(['error']);
  });

  it('tells how far it is over all captures', async () => {
    const seen: number[] = [];
    await showEvents({
      ...(await selectionOf([example, example], {
        onProgress: ({ bytes, events }) => seen.push(bytes, events),
      })),
      writer: () => formatLines('%evt.num'),
      onLines: async () => undefined,
    });
    expect(seen).to.deep.equal([example.length, 15, 2 * example.length, 30]);
  });
});

describe('showProcessTrees', () => {
  async function treesOf(captures: readonly Uint8Array[], wanted: Wanted = {}): Promise<ProcessTree[]> {
    const trees: ProcessTree[] = [];
    await showProcessTrees({
      ...(await selectionOf(captures, wanted)),
      onTree: async (tree) => void trees.push(tree),
    });
    return trees;
  }
  const outline = ({ processes }: ProcessTree): string =>
    processes.map(({ pid, depth, isLast }) => `${'.'.repeat(depth)}${pid}${isLast ? '' : ','}`).join(' ');

  it('tells of beginnings, programs and ends', async () => {
    const [tree] = await treesOf([example]);
    expect(outline(tree!)).to.equal('10 .20, .30 ..40');
    expect(tree!.start).to.equal(START);
    const [bash, cat, killed, left] = tree!.processes;
    expect(bash).to.include({ pid: 10, name: 'bash', began: undefined, end: undefined, ppid: undefined });
    expect(cat).to.deep.include({
      ppid: 10,
      name: 'cat',
      cmdline: toBytes('cat /etc/shädow'),
      firstCmdline: 'bash -l',
      exepath: '/bin/cat',
      began: START,
      execs: [{ time: START + 2_000_000n, cmdline: toBytes('cat /etc/shädow') }],
      end: { time: START + 1_500_000_000n, code: 1, signal: undefined },
      events: 9,
    });
    expect(killed!.end).to.deep.equal({ time: START + 2_000_000_000n, code: undefined, signal: 'SIGKILL' });
    expect(left).to.deep.include({ pid: 40, ppid: 30, end: undefined, execs: [] });
  });

  it('keeps the processes with selected events, and those above them', async () => {
    const outlines = async (wanted: Wanted): Promise<string> =>
      outline((await treesOf([example], wanted))[0]!);
    expect(await outlines({ condition: 'evt.type = openat' })).to.equal('10 .20');
    expect(await outlines({ condition: 'evt.type = procexit and evt.arg.sig = SIGKILL' })).to.equal('10 .30');
    expect(await outlines({ condition: 'evt.type = bind' })).to.equal('');
    expect(await outlines({ from: 12 })).to.equal('10 .20, .30 ..40');
    expect(await outlines({ count: 2 })).to.equal('10 .20');
  });

  it('tells two processes of one id apart', async () => {
    const [tree] = await treesOf([
      capture(
        clone(0, 10, 20, 1),
        execve(1, 20, 10, 'first', []),
        exit(2, 20, 0, 0),
        clone(5000, 10, 20, 1),
        execve(5001, 20, 10, 'second', []),
      ),
    ]);
    expect(tree!.processes.map(({ pid, name }) => `${pid} ${name}`)).to.deep.equal([
      '10 bash',
      '20 first',
      '20 second',
    ]);
  });

  it('shows a thread of which nothing is known', async () => {
    const [tree] = await treesOf([capture(at(0, code.SYSCALL_CLOSE_X, 77, 0, 3))]);
    expect(tree!.processes).to.have.lengthOf(1);
    expect(tree!.processes[0]).to.include({ pid: 77, name: undefined, events: 1, depth: 0 });
  });

  describe('of a capture with a snapshot', () => {
    const listed = (pid: number, ptid: number): Bytes =>
      bytes()
        .u64(pid)
        .u64(pid)
        .u64(ptid)
        .text(`p${pid}`)
        .text('exe')
        .text('-a\0')
        .text('/')
        .u64(1024)
        .u32(0)
        .u32(0)
        .u32(0);
    const list = block(
      0x202,
      concat(...[listed(12, 2), listed(11, 2), listed(2, 1)].map((entry) => entry.done())),
    );
    // Its time says nothing of the machine.
    const info = eventBlock(eventBytes(code.PROCINFO_E, 11, 0, [1, 2]));

    it('takes these processes for old, and the time from the first event of the machine', async () => {
      const [tree] = await treesOf([
        concat(sectionHeader(), machineInfo(), list, info, clone(0, 20, 0, 11), exit(1, 12, 0, 0)),
      ]);
      expect(outline(tree!)).to.equal('2 .11, ..20 .12');
      expect(tree!.start).to.equal(START);
      expect(tree!.processes.map(({ began }) => began)).to.deep.equal([
        undefined,
        undefined,
        START,
        undefined,
      ]);
      expect(tree!.processes.at(-1)!.end).to.include({ time: START + 1_000_000n });
    });

    it('has them where nothing happens', async () => {
      const [tree] = await treesOf([concat(sectionHeader(), machineInfo(), list, info)]);
      expect(outline(tree!)).to.equal('2 .11, .12');
      expect(tree!.start).to.equal(undefined);
    });
  });

  it('bears parents that are their own ancestors', async () => {
    const [tree] = await treesOf([
      capture(execve(0, 20, 30, 'a', []), execve(1, 30, 20, 'b', []), at(2, code.SYSCALL_CLOSE_X, 20, 0, 3)),
    ]);
    expect(tree!.processes.map(({ pid }) => pid)).to.have.members([20, 30]);
  });

  it('bears any depth', async () => {
    const depth = 12_000;
    const events: Uint8Array[] = [];
    for (let i = 0; i < depth; i++) events.push(clone(i, 1000 + i, 1001 + i, 999 + i));
    const [tree] = await treesOf([capture(...events)]);
    expect(tree!.processes.at(-1)).to.include({ pid: 1000 + depth, depth });
  });

  it('gives one tree for each capture', async () => {
    const trees = await treesOf([example, concat(sectionHeader(), machineInfo())]);
    expect(trees.map(outline)).to.deep.equal(['10 .20, .30 ..40', '']);
  });
});

describe('summarizeEvents', () => {
  const summarize = async (wanted: Wanted = {}, top = 10) =>
    summarizeEvents({ ...(await selectionOf([example], wanted)), top });

  it('counts by kind', async () => {
    const summary = await summarize();
    expect(summary).to.deep.include({
      events: 15,
      read: 5,
      written: 7,
      first: START,
      last: START + 2_000_000_000n,
    });
    expect(summary.types.distinct).to.equal(8);
    expect(summary.types.top.slice(0, 3).map(({ name, events }) => [name, events])).to.deep.equal([
      ['clone', 6],
      ['openat', 2],
      ['procexit', 2],
    ]);
    expect(summary.processes.top.map((row) => ({ ...row, name: fromBytes(row.name) }))).to.deep.equal([
      { name: 'cat', events: 8, read: 5, written: 7 },
      { name: 'bash', events: 7, read: 0, written: 0 },
    ]);
    expect(summary.containers.top).to.deep.equal([{ name: 'host', events: 15, read: 5, written: 7 }]);
    expect(summary.files.top).to.deep.equal([
      { name: '/etc/passwd', events: 2, read: 5, written: 0 },
      { name: '/etc/shadow', events: 1, read: 0, written: 0 },
    ]);
    expect(summary.connections.top).to.deep.equal([
      { name: '10.0.0.7->10.0.0.1:443 tcp', events: 2, read: 0, written: 7 },
    ]);
    expect(summary.errors.top).to.deep.equal([{ name: 'EACCES', events: 1, read: 0, written: 0 }]);
  });

  it('lists no more than asked for', async () => {
    const { types } = await summarize({}, 1);
    expect(types.distinct).to.equal(8);
    expect(types.top.map(({ name }) => name)).to.deep.equal(['clone']);
  });

  it('counts what is selected', async () => {
    const { events, errors } = await summarize({ condition: 'evt.type = openat' });
    expect([events, errors.distinct]).to.deep.equal([2, 1]);
    expect(await summarize({ condition: 'evt.type = bind' })).to.deep.include({
      events: 0,
      first: undefined,
    });
  });
});

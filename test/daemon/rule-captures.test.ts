import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FalcoConfig } from '../../daemon/index.ts';
import { captureName, RuleCaptures, type CaptureRule } from '../../daemon/rule-captures.ts';
import { DiagnosticError, Machine, type Alert } from '../../engine/index.ts';
import { ASYNCEVENT_E, SYSCALL_READ_X } from '../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../event-bytes.ts';
import { readAll, type Reading } from '../replay/scap/read-all.ts';

const MS = 1_000_000;

/** By index: one that asks for a capture of its own length, one with the default length, two that ask for none. */
const RULES: readonly CaptureRule[] = [
  { capture: true, captureDuration: 100 },
  { capture: true, captureDuration: 0 },
  { capture: false, captureDuration: 300 },
  { capture: false, captureDuration: 0 },
];

describe('captures that rules start', () => {
  let folder: string;
  let machine: Machine;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rule-captures-'));
    machine = new Machine();
    machine.restart();
    machine.ready();
    machine.started();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const alerts: Alert[] = [];

  function captures(config: Partial<FalcoConfig['capture']> = {}): RuleCaptures {
    const all = {
      enabled: true,
      path_prefix: join(folder, 'c'),
      mode: 'rules' as const,
      default_duration: 50,
      max_file_size_mb: 0,
      ...config,
    };
    alerts.length = 0;
    return new RuleCaptures(all, RULES, 'here', (alert) => alerts.push(alert));
  }

  /** An event every 10 ms, from 1000 ms on; `matches` says which rules match the nth. */
  function run(
    config: Partial<FalcoConfig['capture']>,
    count: number,
    matches: Record<number, number[]>,
  ): void {
    const all = captures(config);
    for (let n = 0; n < count; n++) {
      const event = syntheticEvent(SYSCALL_READ_X, 7, (1000 + 10 * n) * MS, [n, 'data', 3, 10]);
      machine.apply(event);
      all.take(event, matches[n] ?? []);
    }
    all.end();
  }

  /** The captures in the folder: what each holds, and the numbers of its events. */
  function written(): { name: string; reading: Reading; events: number[] }[] {
    return readdirSync(folder)
      .sort()
      .map((name) => {
        const reading = readAll(gunzipSync(readFileSync(join(folder, name))));
        const reads = reading.events.filter(({ symbol }) => symbol === 'SYSCALL_READ_X');
        return { name, reading, events: reads.map(({ params }) => parseInt(params[0]!.slice(0, 2), 16)) };
      });
  }

  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);

  const cases: readonly (readonly [
    what: string,
    config: Partial<FalcoConfig['capture']>,
    matches: Record<number, number[]>,
    files: number[][],
  ])[] = [
    ['nothing without an alert', {}, {}, []],
    ['nothing for a rule that asks for none', {}, { 3: [3] }, []],
    ['from the alert to the first event after the time of the rule', {}, { 3: [0] }, [range(3, 13)]],
    ['for the default time', {}, { 3: [1] }, [range(3, 8)]],
    ['longer for an alert that comes in between', {}, { 3: [1], 6: [1] }, [range(3, 11)]],
    ['longer for an alert of any rule', {}, { 3: [0], 5: [2] }, [range(3, 35)]],
    ['not shorter for one whose time is over sooner', {}, { 3: [0], 5: [1] }, [range(3, 13)]],
    ['as long as an alert before it asked for', {}, { 0: [2], 3: [1] }, [range(0, 30).slice(3)]],
    ['again for an alert after the end', {}, { 3: [1], 20: [1] }, [range(3, 8), range(20, 25)]],
    ['to the end of the events', {}, { 35: [0] }, [range(35, 39)]],
    ['for several rules at once, for the longest time', {}, { 3: [3, 1, 0] }, [range(3, 13)]],
    ['for any rule with all_rules', { mode: 'all_rules' }, { 3: [3] }, [range(3, 8)]],
    ['one event where there is no time', { default_duration: 0 }, { 3: [1] }, [[3]]],
  ];
  for (const [what, config, matches, files] of cases)
    it(what, () => {
      run(config, 40, matches);
      expect(written().map(({ events }) => events)).to.deep.equal(files);
    });

  it('names a file by the time and number of its first event', () => {
    run({}, 20, { 3: [0] });
    expect(readdirSync(folder)).to.deep.equal(['c_00000000001030000000_00000000000000000004.scap']);
    // Those of Falco's own test.
    expect(captureName('/var/log/falco/captures/security_event', 1648178040000000000n, 1011)).to.equal(
      '/var/log/falco/captures/security_event_01648178040000000000_00000000000000001011.scap',
    );
    expect(captureName('', 123n, 456)).to.equal('_00000000000000000123_00000000000000000456.scap');
  });

  it('begins with the state, before the event that starts it', () => {
    machine.users.addUser({ uid: 5, gid: 6, name: 'eve', homedir: '/home/eve', shell: '/bin/sh' });
    run({}, 20, { 3: [0] });
    const { reading } = written()[0]!;
    expect(reading.state.threads.map(({ tid }) => tid)).to.deep.equal([7]);
    expect(reading.events[0]!.symbol).to.equal('USER_ADDED_E');
    expect(reading.events[0]!.time).to.equal(BigInt(1030 * MS));
  });

  it('stops a file at its greatest size, and says so', () => {
    const all = captures({ max_file_size_mb: 1, default_duration: 1000 });
    const noise = new Uint8Array(100_000);
    let random = 1;
    for (let n = 0; n < 40; n++) {
      for (let i = 0; i < noise.length; i++) noise[i] = (random = (random * 48271) % 2147483647) >>> 7;
      const event = syntheticEvent(ASYNCEVENT_E, 1, (1000 + n) * MS, [0, 'noise', noise]);
      // Only an ordinary event begins.
      const start = syntheticEvent(SYSCALL_READ_X, 7, (1000 + n) * MS, [n, 'data', 3, 10]);
      machine.apply(start);
      all.take(start, n === 0 ? [1] : []);
      machine.apply(event);
      all.take(event, []);
    }
    expect(readdirSync(folder)).to.have.lengthOf(1);
    expect(written()[0]!.events.at(-1)).to.be.within(9, 14);
    const [alert] = alerts as [Alert];
    expect(alert).to.include({
      rule: 'Falco internal: capture size limit reached',
      message: 'Falco internal: capture size limit reached. Configured limit: 1 MB.',
      priority: 'Informational',
      source: 'internal',
      hostname: 'here',
    });
    expect(alert.fields.get('max_file_size_mb')).to.equal(1);
    expect(alert.fields.get('written_bytes')).to.equal(
      readFileSync(join(folder, readdirSync(folder)[0]!)).length,
    );
  });

  it('gives up a file that cannot be ended, and goes on with the next', () => {
    const taken = 'c_00000000001030000000_00000000000000000004.scap';
    mkdirSync(join(folder, taken));
    const all = captures();
    const take = (n: number, matches: number[]): void => {
      const event = syntheticEvent(SYSCALL_READ_X, 7, (1000 + 10 * n) * MS, [n, 'data', 3, 10]);
      event.num = n + 1;
      event.machine = machine;
      all.take(event, matches);
    };
    take(3, [1]);
    expect(() => take(20, [])).to.throw(DiagnosticError, 'cannot write');
    take(21, [1]);
    all.end();
    all.end();
    expect(readdirSync(folder)).to.deep.equal([taken, 'c_00000000001210000000_00000000000000000022.scap']);
  });

  it('says where it cannot write', () => {
    expect(() => run({ path_prefix: join(folder, 'no/such/folder/c') }, 5, { 3: [0] }))
      .to.throw(DiagnosticError)
      .with.nested.property('diagnostic.code', 'CAPTURE_UNWRITABLE');
  });
});

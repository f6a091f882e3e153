import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { toBytes } from '../../../engine/bytes.ts';
import { Engine } from '../../../engine/engine.ts';
import { Event } from '../../../engine/event.ts';
import { bindField } from '../../../engine/fields/index.ts';
import { compileCondition } from '../../../engine/filter/condition.ts';
import { parse } from '../../../engine/filter/parser.ts';
import { Machine } from '../../../engine/state/machine.ts';
import type { EngineRule } from '../../../engine/ruleset.ts';
import { openCapture } from '../../../replay/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

const SMALL = ['cat_write', 'connect_localhost'];

interface Expected {
  id: string;
  capture: string;
  condition: string;
  count: number;
  first: number[];
}

const ruleOf = (condition: string): EngineRule => ({
  name: condition,
  condition: compileCondition(parse(toBytes(condition)), bindField),
  priority: 'Debug',
  source: 'syscall',
  enabled: true,
});

/** Numbers of the events that each condition matches, by the generated code and by walking the conditions. */
async function matches(
  capture: string,
  conditions: readonly string[],
): Promise<{ compiled: number[][]; traced: number[][] }> {
  const engine = new Engine(conditions.map(ruleOf), { matching: 'all', walks: 0 });
  const compiled: number[][] = conditions.map(() => []);
  const traced: number[][] = conditions.map(() => []);
  const machine = new Machine();
  const events = await openCapture(oraclePath('captures', `${capture}.scap`), machine);
  const event = new Event();
  while (await events.fill())
    while (events.next(event)) {
      if (!machine.apply(event)) continue;
      for (const index of engine.match(event)) compiled[index]!.push(event.num);
      for (const index of engine.trace(event, {})) traced[index]!.push(event.num);
    }
  await events.close();
  return { compiled, traced };
}

describe('conditions over captures, as Falco evaluates them', function () {
  if (!hasOracle()) return;
  this.timeout(60_000);
  const byCapture = new Map<string, Expected[]>();
  for (const line of readFileSync(oraclePath('eval.jsonl'), 'utf8').trimEnd().split('\n')) {
    const expected = JSON.parse(line) as Expected;
    byCapture.set(expected.capture, [...(byCapture.get(expected.capture) ?? []), expected]);
  }

  // All of them take a while: only where the reference data is required.
  const all = process.env['REQUIRE_ORACLE'] === '1';
  for (const [capture, cases] of byCapture)
    (all || SMALL.includes(capture) ? it : it.skip)(`${capture}: ${cases.length} conditions`, async () => {
      const { compiled, traced } = await matches(
        capture,
        cases.map(({ condition }) => condition),
      );
      const wrong = cases.flatMap(({ id, condition, count, first }, i) => {
        const want = [count, ...first];
        const got = [compiled[i]!, traced[i]!].map((found) => [found.length, ...found.slice(0, 5)]);
        return got.every((one) => one.join() === want.join()) ? [] : [{ id, condition, want, got }];
      });
      expect(wrong).to.deep.equal([]);
    });
});

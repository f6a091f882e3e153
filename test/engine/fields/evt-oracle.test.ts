import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { bindField } from '../../../engine/fields/index.ts';
import { compileOutput, type Output } from '../../../engine/format.ts';
import { toJson } from '../../../engine/json.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { recordings, replay } from './compare-oracle.ts';

/** What Falco printed for an event holds the time in another form than asked for: it is in every alert. */
const LEFT_OUT = ['evt.time.iso8601'];

/** The output that made a recording, with its `evt.*` and `syscall.*` fields only. */
function outputOf(recording: string): Output {
  const file = recording.includes('.state.') ? 'state-fields.yaml' : 'all-fields.yaml';
  const items = parse(readFileSync(oraclePath('fields', file), 'utf8')) as { output?: string }[];
  const text = items.find((item) => item.output !== undefined)!.output!;
  const fields = text.split(' ').filter((field) => /^%(?:evt|syscall)\./.test(field));
  const output = compileOutput(fields.join(' '), bindField);
  if ('error' in output) throw new Error(output.error);
  return output;
}

/** Events of each recording that are compared where the reference data is not required. */
const SOME = process.env['REQUIRE_ORACLE'] === '1' ? Infinity : 400;

describe('evt.* as the real Falco prints it', function () {
  if (!hasOracle()) return;
  this.timeout(120_000);
  for (const recording of recordings())
    it(recording, () => {
      const output = outputOf(recording);
      const differences: string[] = [];
      replay(
        recording,
        (event, wanted) => {
          output.text(event);
          for (const [name, value] of output.fields(event)) {
            if (LEFT_OUT.includes(name)) continue;
            const want = wanted[name];
            // Large integers come as text, so that they keep their digits.
            const expected =
              want === undefined
                ? 'null'
                : typeof want === 'string' && want.startsWith('int:')
                  ? want.slice(4)
                  : JSON.stringify(want);
            const got = Buffer.from(toJson(value), 'latin1').toString();
            if (got !== expected)
              differences.push(`${event.num} ${event.info.symbol} ${name}: ${got}, not ${expected}`);
          }
        },
        SOME,
      );
      expect(differences.slice(0, 10), `${differences.length} differences`).to.deep.equal([]);
    });
});

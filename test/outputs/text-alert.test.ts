import { expect } from 'chai';
import fc from 'fast-check';
import { AlertError, readAlert } from '../../outputs/alert.ts';
import { readTextAlert } from '../../outputs/text-alert.ts';

/** A moment of a day in the zone of this process. */
const at = (day: number, hours: number, minutes = 0): number =>
  new Date(2026, 0, day, hours, minutes).getTime();
const iso = (ms: number, fraction = ''): string => `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
const read = (line: string, received = at(15, 12)) => readTextAlert(line, { input: 'i', received });

describe('readTextAlert', () => {
  it("reads Falco's line", () => {
    const alert = read('11:59:00.123456789: Warning Shadow read (user=root: x)\n');
    expect(alert).to.deep.include({
      rule: '',
      source: '',
      priority: 'Warning',
      time: iso(at(15, 11, 59), '.123456789'),
      output: '11:59:00.123456789: Warning Shadow read (user=root: x)',
      tags: [],
      input: 'i',
    });
    expect(JSON.parse(alert.json)).to.deep.include({ priority: 'Warning', output: alert.output });
  });

  const times: readonly [string, number, string][] = [
    ['23:59:59: Debug x', at(15, 0, 1), iso(at(14, 23, 59) + 59_000)],
    ['00:00:30: Debug x', at(15, 23, 59), iso(at(16, 0, 0) + 30_000)],
    ['12:30:00: Debug x', at(15, 12), iso(at(15, 12, 30))],
    ['2026-01-31T12:34:56.123456789+0000: Debug x', 0, '2026-01-31T12:34:56.123456789Z'],
    ['2026-01-31T12:34:56+0530: Debug x', 0, '2026-01-31T12:34:56+05:30'],
  ];
  for (const [line, received, time] of times)
    it(`takes ${line.slice(0, 20)} at ${iso(received)} for ${time}`, () =>
      expect(read(line, received).time).to.equal(time));

  const refused: readonly [string, RegExp][] = [
    ['', /a line such as .* was expected, and "" was found/],
    ['Tue Nov 24 12:00:00 2026: Falco initialized', /a line such as/],
    ['12:34:56.1: High text', /a priority was expected behind the time, and "High" was found/],
    ['25:00:00.1: Warning text', /a time was expected/],
    ['2026-13-31T12:34:56+0000: Warning text', /a time was expected/],
  ];
  for (const [line, message] of refused)
    it(`refuses "${line}"`, () => expect(() => read(line)).to.throw(AlertError, message));

  it('fails with nothing but an AlertError', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `12:34:56.1: Warning ${text}`),
        ),
        (line) => {
          try {
            const { json, output } = read(line);
            expect(JSON.parse(json)).to.deep.include({ output });
          } catch (error) {
            expect(error).to.be.instanceOf(AlertError);
          }
        },
      ),
    ));

  it('gives an alert whose JSON is read as the same', () => {
    const alert = read('12:34:56.1: Warning x');
    expect(readAlert(alert.json, { input: 'i', received: at(15, 12) })).to.deep.equal(alert);
  });
});

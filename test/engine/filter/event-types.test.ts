import { expect } from 'chai';
import { eventCodes, eventNames } from '../../../engine/filter/event-types.ts';
import { parse } from '../../../engine/filter/parser.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';

const namesOf = (condition: string): string[] => [
  ...new Set([...eventCodes(parse(condition))].map((code) => EVENTS[code]!.name)),
];
const ALL = new Set(EVENTS.map(({ name }) => name)).size;

describe('event types of a condition', () => {
  const cases: readonly [condition: string, names: string[]][] = [
    ['evt.type = close', ['close', 'asyncevent']],
    ['evt.type in (close, dup) and a.b = c', ['close', 'dup', 'asyncevent']],
    ['evt.type = close or evt.type = dup', ['close', 'dup', 'asyncevent']],
    ['not (evt.type != close)', ['close', 'asyncevent']],
    ['not (not evt.type = close or a.b = c)', ['close', 'asyncevent']],
    ['evt.type = close and evt.type = dup', ['asyncevent']],
    ['evt.type in ()', ['asyncevent']],
    ['not evt.type exists', ['asyncevent']],
    ['not syscall.type exists', ['asyncevent']],
    ['not concat(a.b, "x") = y', ['asyncevent']],
    // A system call without an event of its own comes as a generic event.
    ['evt.type = lseek and evt.type != dup', ['lseek', 'asyncevent']],
    ['evt.type = getuid', ['syscall', 'asyncevent'].filter((name) => name !== '')],
  ];
  for (const [condition, names] of cases)
    it(condition, () => {
      if (condition.includes('getuid') && EVENTS.some(({ name }) => name === 'getuid')) names[0] = 'getuid';
      expect(namesOf(condition).sort()).to.deep.equal(names.sort());
    });

  for (const condition of [
    'a.b = c',
    'not a.b = c',
    'evt.type exists',
    'evt.type startswith clo',
    'evt.type = oneof (close, dup)',
    'evt.type = close or a.b = c',
    'not evt.type in ()',
    'not join(",", ("a", a.b)) = x',
  ])
    it(`${condition}: all`, () => {
      expect(namesOf(condition)).to.have.length(ALL);
    });

  it('names system calls that have no event of their own', () => {
    expect([...eventNames(parse('evt.type in (mlockall, close)'))].sort()).to.include.members([
      'asyncevent',
      'close',
      'mlockall',
    ]);
  });

  it('refuses what Falco cannot index', () => {
    expect(() => eventCodes(parse('evt.type = val(proc.name)'))).to.throw('right-hand field comparisons');
    expect(() => eventCodes(parse('tolower(evt.type) = open'))).to.throw('with transformers');
    expect(() => eventCodes(parse('concat(evt.type, "x") exists'))).to.throw('with transformers');
    expect(() => eventCodes(parse('tolower(evt.type) startswith open'))).not.to.throw();
  });
});

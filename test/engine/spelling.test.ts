import { expect } from 'chai';
import fc from 'fast-check';
import { allFields } from '../../engine/fields/index.ts';
import { didYouMean, editDistance, nearestNames } from '../../engine/spelling.ts';

const fields = allFields.flatMap((fieldClass) => fieldClass.fields.map(({ name }) => name));

describe('edit distance', () => {
  const cases: [a: string, b: string, distance: number][] = [
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['abc', 'xabc', 1],
    ['abc', 'acb', 1],
    ['proc.nmae', 'proc.name', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['ca', 'abc', 3],
  ];
  for (const [a, b, distance] of cases)
    it(`of "${a}" and "${b}" is ${distance}`, () => {
      expect(editDistance(a, b, 9)).to.equal(distance);
      expect(editDistance(b, a, distance)).to.equal(distance);
      if (distance > 0) expect(editDistance(a, b, distance - 1)).to.equal(undefined);
    });

  it('with a limit is the one without, or nothing', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, fc.nat(8), (a, b, limit) => {
        const distance = editDistance(a, b, 20)!;
        expect(editDistance(a, b, limit)).to.equal(distance <= limit ? distance : undefined);
      }),
    );
  });
});

describe('nearest names', () => {
  const cases: [misspelt: string, names: string[]][] = [
    ['proc.nam', ['proc.name']],
    ['proc.nmae', ['proc.name', 'proc.aname', 'proc.pname']],
    ['PROC.NAME', ['proc.name']],
    ['procname', ['proc.name']],
    ['process.name', ['proc.name']],
    ['fd.nam', ['fd.name', 'fd.nameraw']],
    ['fd.filname', ['fd.filename']],
    ['evt.tpye', ['evt.type', 'evt.time']],
    ['container.iamge.id', ['container.image.id']],
    ['container.image.repo', ['container.image.repository']],
    ['k8s.pod.labls', ['k8s.pod.labels', 'k8s.pod.label']],
    ['filename', ['fd.filename']],
    ['something.else', []],
    ['x', []],
    ['', []],
  ];
  for (const [misspelt, names] of cases)
    it(`of "${misspelt}": ${names.join(', ') || 'none'}`, () => {
      const found = nearestNames(misspelt, fields);
      expect(found.slice(0, names.length)).to.deep.equal(names);
      if (names.length === 0) expect(found).to.be.empty;
    });

  it('are as many as asked for, each once, best first', () => {
    expect(nearestNames('aaa', ['aab', 'aaab', 'aab', 'bbb', 'aac'], 2)).to.deep.equal(['aaab', 'aab']);
  });

  it('are the one that only case sets apart, where there is one', () => {
    expect(nearestNames('OPENAT', ['openat', 'openat2'])).to.deep.equal(['openat']);
  });

  it('leave what is much worse than the best away', () => {
    expect(nearestNames('abcdefghi', ['abcdefghj', 'abcdefxyz'])).to.deep.equal(['abcdefghj']);
  });

  it('find each field of which one letter is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.nat(), (name, at) => {
        const i = at % name.length;
        const misspelt = name.slice(0, i) + name.slice(i + 1);
        expect(nearestNames(misspelt, fields, 9)).to.satisfy(
          (found: string[]) => found.includes(name) || fields.includes(misspelt),
        );
      }),
    );
  });
});

describe('did you mean', () => {
  const cases: [misspelt: string, known: string[], hint: string | undefined][] = [
    ['opne', ['open', 'close'], 'did you mean open?'],
    ['opena', ['openat', 'open', 'close'], 'did you mean openat or open?'],
    ['ab', ['ac', 'ad', 'ae', 'af'], 'did you mean ac, ad or ae?'],
    ['write', ['open', 'close'], undefined],
  ];
  for (const [misspelt, known, hint] of cases)
    it(`for "${misspelt}" is ${hint ?? 'nothing'}`, () => expect(didYouMean(misspelt, known)).to.equal(hint));
});

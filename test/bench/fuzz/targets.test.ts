import { expect } from 'chai';
import { conditions } from '../../../bench/fuzz/conditions.ts';
import { Random } from '../../../bench/fuzz/random.ts';
import { ruleFiles } from '../../../bench/fuzz/rule-files.ts';

describe('the fuzzer', function () {
  this.timeout(60_000);
  for (const [name, target, outcomes] of [
    ['conditions', conditions, ['compiled', 'compiled and matched', 'no condition', 'not of this language']],
    [
      'rules',
      ruleFiles,
      ['loaded', 'LOAD_ERR_YAML_PARSE', 'LOAD_ERR_VALIDATE', 'LOAD_ERR_COMPILE_CONDITION'],
    ],
  ] as const)
    it(`finds nothing in the first ${name}, right ones and wrong ones`, async () => {
      const { make } = target();
      const seen = new Set<string>();
      for (let input = 0; input < 400; input++) seen.add(await make(new Random(input)).run());
      expect([...seen]).to.include.members([...outcomes]);
    });

  it('makes the same input of the same number', () => {
    const { make } = conditions();
    expect(make(new Random(7)).bytes).to.deep.equal(make(new Random(7)).bytes);
  });
});

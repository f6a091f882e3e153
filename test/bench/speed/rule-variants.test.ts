import { expect } from 'chai';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ruleVariants } from '../../../bench/speed/rule-variants.ts';
import { readRuleFiles } from '../../../daemon/index.ts';
import { toBytes } from '../../../engine/index.ts';
import { engineLanguage, loadRules, type RuleFile } from '../../../rules/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

const library = readRuleFiles([join(import.meta.dirname, '../../../rules/library')]);

interface Variant {
  readonly rule: string;
  readonly condition: string;
}

/** The variants of the rules in some files, and the files with them. */
function variantsOf(files: readonly RuleFile[], count: number) {
  const text = ruleVariants(loadRules(files, engineLanguage).rules, count);
  const together = loadRules([...files, { name: 'variants.yaml', content: toBytes(text) }], engineLanguage);
  return { variants: parseYaml(text) as Variant[], together };
}

const ofRule = (fields: string) => [
  { name: 'test.yaml', content: `- {rule: r, desc: d, priority: INFO, output: o, ${fields}}\n` },
];

describe('variants of rules', () => {
  const files: [name: string, files: () => RuleFile[]][] = [['our rules', () => library]];
  if (hasOracle())
    files.push([
      "Falco's rules",
      () =>
        readRuleFiles(
          ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) =>
            oraclePath('rules', `${name}.yaml`),
          ),
        ),
    ]);
  for (const [name, read] of files)
    it(`load beside ${name}, and no two are equal`, () => {
      const { variants, together } = variantsOf(read(), 10);
      expect(together.diagnostics.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
      const enabled = together.rules.filter((rule) => rule.enabled);
      expect(enabled).to.have.lengthOf((variants.length / 10) * 11);
      expect(new Set(variants.map(({ rule }) => rule)).size).to.equal(variants.length);
      expect(new Set(enabled.map(({ conditionText }) => conditionText)).size).to.equal(enabled.length);
    });

  const conditions: [condition: string, first: string, second: string][] = [
    [
      'evt.type = open and proc.name in (a, b)',
      '(evt.type = open and proc.name in ("a", "b", "other-v1"))',
      '(evt.type = open and proc.name in ("a", "b", "other-v2"))',
    ],
    [
      'fd.name startswith /a or not fd.name = /b',
      '(fd.name startswith "/a-v1" or not fd.name = "/b-v1")',
      '(fd.name startswith "/a-v2" or not fd.name = "/b")',
    ],
    ['fd.num > 3 and fd.type = file', '(fd.num > 3 and fd.type = file)', '(fd.num > 3 and fd.type = file)'],
    ['proc.name exists', 'proc.name exists', 'proc.name exists'],
    ['proc.args regex "(a|b) c"', 'proc.args regex "(a|b) c"', 'proc.args regex "(a|b) c"'],
    ['proc.name endswith \\', 'proc.name endswith "\\ -v1"', 'proc.name endswith "\\ -v2"'],
  ];
  for (const [condition, ...expected] of conditions)
    it(`of ${condition}`, () => {
      const { variants } = variantsOf(ofRule(`condition: '${condition}'`), 2);
      expect(variants.map((variant) => variant.condition)).to.deep.equal(
        expected.map((text, i) => `${text} and not proc.name = other-v${i + 1}`),
      );
    });

  it('are not made of rules that are off', () => {
    expect(variantsOf(ofRule('condition: proc.name = x, enabled: false'), 3).variants).to.deep.equal([]);
  });
});

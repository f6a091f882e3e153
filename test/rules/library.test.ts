import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { findTestFiles, readRuleFiles } from '../../daemon/index.ts';
import { fromBytes } from '../../engine/index.ts';
import { engineLanguage, lintRules, loadRules } from '../../rules/index.ts';
import { objectionsTo } from './shown-checks.ts';

const folder = join(import.meta.dirname, '../../rules/library');
const files = readRuleFiles([folder]);
const { rules, diagnostics } = loadRules(files, engineLanguage);

/** What this test looks at of a rule as it is written. */
interface WrittenRule {
  readonly rule?: string;
  readonly desc: string;
  readonly condition: string;
  readonly output: string;
}

/** What this test looks at of a test. */
interface WrittenTest {
  readonly rule?: string;
  readonly fires?: readonly object[];
  readonly silent?: readonly object[];
}

const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');
const yamlFiles = (...path: string[]): string[] =>
  readdirSync(join(folder, ...path)).filter((name) => name.endsWith('.yaml'));

const written = yamlFiles()
  .flatMap((name) => parseYaml(read(name)) as readonly WrittenRule[])
  .filter(({ rule }) => rule !== undefined);
const tests = yamlFiles('tests').flatMap(
  (name) => (parseYaml(read('tests', name)) as { readonly tests: readonly WrittenTest[] }).tests,
);
const hooks = [...read('00-names.yaml').matchAll(/^- macro: (expected_\w+)$/gm)].map(([, name]) => name!);

describe('the rules that we ship', () => {
  it('load without a warning', () => {
    expect(diagnostics).to.deep.equal([]);
    expect(rules).to.have.lengthOf(written.length);
  });

  it('stand up to the linter', () => {
    expect(lintRules(files, engineLanguage)).to.deep.equal([]);
  });

  it('have hooks, each of which a rule asks and an example explains', () => {
    expect(hooks).to.not.be.empty;
    for (const hook of hooks) {
      expect(
        written.some(({ condition }) => condition.includes(`and not ${hook}`)),
        hook,
      ).to.equal(true);
      expect(read('00-names.yaml')).to.match(new RegExp(`^# .+\\. Example: .+\n- macro: ${hook}$`, 'm'));
    }
  });

  it('have examples of hooks that load', () => {
    const examples = [...read('00-names.yaml').matchAll(/ Example: (.+)\n- macro: (\w+)$/gm)].map(
      ([, condition, macro]) => `- macro: ${macro}\n  condition: '(${condition})'\n`,
    );
    expect(examples).to.have.lengthOf(hooks.length);
    const local = { name: 'local.yaml', content: examples.join('') };
    const found = loadRules([...files, local], engineLanguage).diagnostics;
    // Where every hook is filled, nothing asks `never_true` any more.
    expect(found.map(({ code }) => code)).to.deep.equal(['LOAD_UNUSED_MACRO']);
  });

  it('pass their tests, in which every check comes out both ways', async () => {
    expect(await objectionsTo(findTestFiles([join(folder, 'tests')]))).to.deep.equal([]);
  });

  const readme = read('README.md');
  for (const { rule: name = '', desc, condition, output } of written)
    describe(name, () => {
      const loaded = rules.find((rule) => fromBytes(rule.name) === name)!;

      it('says what it means, and which hook takes what is normal', () => {
        expect(desc.trim()).to.match(/\.$/);
        const own = hooks.filter((hook) => new RegExp(`\\bnot ${hook}\\b`).test(condition));
        expect(own).to.not.be.empty;
        expect(own.some((hook) => desc.includes(hook))).to.equal(true);
        expect(output.startsWith(`${name} | `)).to.equal(true);
      });

      it('has tags: where, a tactic, and a technique', () => {
        const tags = loaded.tags.map(fromBytes);
        expect(tags).to.satisfy((all: string[]) => all.includes('host') || all.includes('container'));
        expect(tags.filter((tag) => /^mitre_[a-z_]+$/.test(tag))).to.have.lengthOf(1);
        expect(tags.filter((tag) => /^T\d{4}(\.\d{3})?$/.test(tag))).to.have.lengthOf(1);
      });

      it('is as urgent as the README explains', () => {
        expect(readme).to.contain(`| ${loaded.priority.toUpperCase()} | `);
      });

      it('is in the README', () => {
        expect(readme).to.contain(`| **${name}**<br>`);
      });

      it('has tests in which it fires and stays silent', () => {
        const own = tests.filter(({ rule }) => rule === name);
        expect(own.flatMap(({ fires = [] }) => fires)).to.not.be.empty;
        expect(own.flatMap(({ silent = [] }) => silent)).to.not.be.empty;
      });
    });
});

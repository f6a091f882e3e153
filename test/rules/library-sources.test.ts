import { expect } from 'chai';
import { join } from 'node:path';
import { findTestFiles, readRuleFiles, runRuleTests } from '../../daemon/index.ts';
import { fromBytes } from '../../engine/index.ts';
import { CoverageRecorder, languageWith, lintRules, loadRules } from '../../rules/index.ts';
import { sourceNamed } from '../../sources/index.ts';

describe('the rules that we ship for other sources', () => {
  for (const source of ['k8s_audit', 'aws_cloudtrail'])
    describe(source, () => {
      const folder = join(import.meta.dirname, '../../rules/library', source);
      const files = readRuleFiles([folder]);

      it('load without a warning, and stand up to the linter', async () => {
        const found = await sourceNamed(source);
        const language = languageWith({ sources: [found!] });
        const { rules, diagnostics } = loadRules(files, language);
        expect(diagnostics).to.deep.equal([]);
        expect(new Set(rules.map((rule) => fromBytes(rule.source)))).to.deep.equal(new Set([source]));
        expect(lintRules(files, language)).to.deep.equal([]);
      });

      it('pass their tests, in which every check comes out both ways', async () => {
        const coverage = new CoverageRecorder();
        const wrong: string[] = [];
        await runRuleTests({
          files: findTestFiles([folder]),
          coverage,
          reporter: {
            problem: ({ message }) => wrong.push(message),
            case: (result) => {
              if (result.outcome !== 'passed') wrong.push(`${result.outcome}: ${result.case.name}`);
            },
          },
        });
        for (const { name, leaves } of coverage.report().rules)
          for (const { text, held, failed, canHold, canFail } of leaves) {
            if (canHold && held === 0) wrong.push(`${name}: never true: ${text}`);
            if (canFail && failed === 0) wrong.push(`${name}: never false: ${text}`);
          }
        expect(coverage.report().rules).to.not.be.empty;
        expect(wrong).to.deep.equal([]);
      });
    });
});

import { expect } from 'chai';
import { join } from 'node:path';
import { findTestFiles, readRuleFiles } from '../../daemon/index.ts';
import { fromBytes } from '../../engine/index.ts';
import { languageWith, lintRules, loadRules } from '../../rules/index.ts';
import { sourceNamed } from '../../sources/index.ts';
import { objectionsTo } from './shown-checks.ts';

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
        expect(await objectionsTo(findTestFiles([folder]))).to.deep.equal([]);
      });
    });
});

import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import {
  describeRules,
  engineLanguage,
  fileText,
  isPrintable,
  loadRules,
  RuleLoader,
  validateRules,
  validationJson,
  validationText,
  type DescriptionJson,
  type RuleFile,
} from '../../rules/index.ts';
import { fromBytes } from '../../engine/index.ts';
import { hasOracle, oraclePath } from '../oracle.ts';

interface Case {
  readonly id: string;
  readonly group: string;
  readonly dir: string;
  readonly files: readonly string[];
}

interface Exits {
  readonly validate_exit: number;
  readonly validate_stderr: string;
  readonly describe_exit: number;
}

/** Falco prints sets as lists in no order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    return items.every((item) => typeof item === 'string') ? items.sort() : items;
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, ordered(entry)]));
}

/** Quick where they are equal; else tells the difference. */
function expectSame(actual: unknown, wanted: unknown): void {
  const sorted = ordered(actual);
  if (JSON.stringify(sorted) !== JSON.stringify(wanted)) expect(sorted).to.deep.equal(wanted);
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function expected(path: string): unknown {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return text === '' ? undefined : ordered(JSON.parse(text));
}

function describe_(files: readonly RuleFile[]): DescriptionJson | undefined {
  const loader = new RuleLoader(engineLanguage);
  for (const { name, content } of files) if (!loader.load(name, content).successful) return undefined;
  if (loader.unmetRequirement() !== undefined) return undefined;
  try {
    return describeRules(loader);
  } catch {
    return undefined;
  }
}

describe('rule files against Falco', function () {
  if (!hasOracle()) return;
  const cases = readJson(oraclePath('loader', 'index.json')) as Case[];
  for (const group of new Set(cases.map((one) => one.group)))
    describe(group, () => {
      for (const { id, dir, files: names } of cases.filter((one) => one.group === group))
        it(id, () => {
          const stem = oraclePath('loader', dir, dir === '.' ? `${id}.expected` : 'expected');
          const exits = readJson(`${stem}.exit.json`) as Exits;
          const files = names.map((name) => ({
            name,
            content: fileText(readFileSync(oraclePath('loader', dir, name))),
          }));

          const validation = validateRules(files, engineLanguage);
          expect(validation.successful, 'valid').to.equal(exits.validate_exit === 0);
          const verdict = expected(`${stem}.validate.json`);
          if (verdict !== undefined) expectSame(validationJson(validation), verdict);
          if (validation.unmet !== undefined)
            expect(exits.validate_stderr).to.equal(`Error: ${validation.unmet}\n`);
          // Falco's text ends at a NUL.
          else if (
            !validation.successful &&
            isPrintable(validation) &&
            !validationText(validation).includes('\0')
          )
            expect(`Error: ${fromBytes(validationText(validation))}\n`).to.equal(
              exits.validate_stderr.replace(/^re2\/.*\n/gm, ''),
            );

          const description = describe_(files);
          expect(description !== undefined, 'can be described').to.equal(exits.describe_exit === 0);
          const wanted = expected(`${stem}.describe.json`);
          if (wanted !== undefined) expectSame(description, wanted);
        });
    });

  it('loads the official rules together', () => {
    const files = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml'].map(
      (name) => ({
        name,
        content: fileText(readFileSync(oraclePath('rules', name))),
      }),
    );
    const { rules, diagnostics } = loadRules(files, engineLanguage);
    expect(diagnostics).to.deep.equal([]);
    expect(rules).to.have.length(93);
  });
});

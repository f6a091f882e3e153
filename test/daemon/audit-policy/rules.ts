import { toBytes } from '../../../engine/index.ts';
import { languageWith, loadRules, RuleModel, type Language, type ModelRule } from '../../../rules/index.ts';
import k8sAudit from '../../../sources/k8s-audit/index.ts';

export const language: Language = languageWith({ sources: [k8sAudit] });

/** Rules for audit events, from the text of a file. */
export function rulesOf(text: string): readonly ModelRule[] {
  const files = [{ name: 'rules.yaml', content: toBytes(text) }];
  const loaded = loadRules(files, language);
  const [error] = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(`${error.message}\n${text}`);
  return new RuleModel(files, loaded, language).rules;
}

/** The text of a rule. */
export const ruleText = (name: string, condition: string, output = 'x'): string =>
  `- rule: ${name}\n  desc: x\n  condition: ${condition}\n  output: "${output}"\n  priority: INFO\n  source: k8s_audit\n`;

/** One rule. */
export const ruleOf = (condition: string, output?: string): ModelRule =>
  rulesOf(ruleText('R', condition, output))[0]!;

import type { Diagnostic } from '../../../engine/index.ts';
import { toBytes } from '../../../engine/index.ts';
import { engineLanguage, lintRules, type LintSettings } from '../../../rules/index.ts';

/** The findings in rule files, given by their contents: `1.yaml`, `2.yaml`, … */
export function lintText(contents: string | readonly string[], settings: LintSettings = {}): Diagnostic[] {
  const files = [contents].flat().map((content, i) => ({ name: `${i + 1}.yaml`, content: toBytes(content) }));
  return lintRules(files, engineLanguage, { settings });
}

/** A rule whose only flaw can be its condition (or what stands in `more`). */
export function rule(
  condition: string,
  more: { output?: string; name?: string; more?: string } = {},
): string {
  const { name = 'Rule', more: lines = '', output = '%proc.cmdline %proc.pname %user.name %fd.name' } = more;
  const text = condition.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `- rule: ${name}
  desc: d
  condition: "${text}"
  output: "${output}"
  priority: NOTICE
  tags: [mitre_execution, T1059]
${lines}`;
}

/** Only the findings of one check. */
export const findings = (code: string, contents: string | readonly string[]): Diagnostic[] =>
  lintText(contents).filter((finding) => finding.code === code);

/** The text that a finding points to. */
export function pointedAt({ line = 0, column = 0, endColumn = 0 }: Diagnostic, content: string): string {
  return content.split('\n')[line - 1]!.slice(column - 1, endColumn - 1);
}

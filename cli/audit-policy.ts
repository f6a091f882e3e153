import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import {
  auditFindings,
  auditRules,
  loadFalcoConfig,
  loadSelectedRules,
  policyFindings,
  readAuditPolicy,
  readRuleFiles,
  suggestPolicy,
  type RuleAudit,
} from '../daemon/index.ts';
import { DiagnosticError, type Diagnostic } from '../engine/index.ts';
import { RuleModel, type Language, type ModelRule } from '../rules/index.ts';
import { auditPolicyJson } from './audit-policy-json.ts';
import { renderDiagnostic, renderDiagnostics } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly suggest?: true;
  readonly output?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel audit-policy /etc/kubernetes/audit-policy.yaml -r k8s_audit_rules.yaml
  $ tiercel audit-policy audit-policy.yaml -r k8s_audit_rules.yaml -r local.yaml --json | jq '.rules[] | select(.verdict != "fires")'
  $ tiercel audit-policy --suggest -r k8s_audit_rules.yaml -o audit-policy.yaml

Rules for source k8s_audit are asked about the events that the API server writes. What it writes is up to its audit policy (--audit-policy-file): of each
request the first rule of the policy that matches says how much (level), and at which stages. With a policy, the command says
  - what is wrong with it, as the API server would, and what in it has no effect;
  - which rules can never fire under it, and which rule of the policy is the reason;
  - which checks of conditions and which fields of outputs have nothing to read, as the level is too low.
"Never" is certain: it follows from the policy and the condition of the rule. What cannot be excluded counts as possible.

With --suggest, it writes the policy that the rules need, and no more: as few rules, as low levels and as few stages as do, nothing of other requests; and
holds it against the rules.

Exit status: 0 nothing found, or a policy written that feeds all rules; 1 findings; 2 rules do not load, or something could not be read.`;

/** `tiercel audit-policy`: what an audit policy of Kubernetes lets rules see. */
export function auditPolicyCommand(): Command {
  return new Command('audit-policy')
    .summary('say what an audit policy of Kubernetes lets rules see')
    .description(
      'Holds an audit policy of Kubernetes against the rules that it is to feed, or writes the smallest that does.',
    )
    .argument('[policy]', 'the file that the API server gets with --audit-policy-file; - is standard input')
    .requiredOption(
      '-r, --rules <path>',
      'rules: file or folder; repeat for several, loaded together',
      gather,
      [],
    )
    .option('-c, --config <file>', 'falco.yaml, for its rules and priority')
    .option('--suggest', 'write the policy that the rules need')
    .option('-o, --output <file>', 'with --suggest: write it there instead of on standard output')
    .option('--json', 'everything as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (policy: string | undefined, flags: Flags, command: Command) => {
      if (policy === undefined && flags.suggest === undefined)
        command.error("error: missing required argument 'policy', or --suggest");
      if (policy !== undefined && flags.suggest !== undefined)
        command.error('error: --suggest looks at rules only, and takes no policy');
      const rules = await load(flags);
      if (rules === undefined) process.exitCode = EXIT.couldNotRun;
      else process.exitCode = policy === undefined ? suggest(rules, flags) : audit(policy, rules, flags);
    });
}

interface Rules {
  readonly rules: readonly ModelRule[];
  readonly language: Language;
}

/** The rules about audit events that run; undefined if there are none, or files have errors. */
async function load({ rules: paths, config: file }: Flags): Promise<Rules | undefined> {
  const { config, warnings } = loadFalcoConfig(file === undefined ? {} : { file, env: process.env });
  const { language, loaded, running } = await loadSelectedRules(paths, config);
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  [...warnings, ...errors].forEach(tell);
  if (errors.length > 0) return undefined;
  const names = new Set(running.filter(({ source }) => source === 'k8s_audit').map(({ name }) => name));
  const model = new RuleModel(readRuleFiles(paths), loaded, language);
  const rules = model.rules.filter(({ name }) => names.has(name));
  if (rules.length > 0) return { rules, language };
  tell({
    code: 'AUDIT_NO_RULES',
    severity: 'error',
    message: 'none of the rules that run is about audit events',
    hint: 'name files whose rules have `source: k8s_audit`',
  });
  return undefined;
}

function audit(path: string, { rules, language }: Rules, { json }: Flags): number {
  const { policy, diagnostics } = readAuditPolicy(read(path), path === '-' ? '<stdin>' : path);
  const audits = policy === undefined ? [] : auditRules(policy, rules, language);
  const findings = [
    ...diagnostics,
    ...(policy === undefined ? [] : [...policyFindings(policy), ...auditFindings(audits, policy)]),
  ];
  if (json) process.stdout.write(auditPolicyJson({ audits, findings }));
  else {
    process.stdout.write(renderDiagnostics(findings, 'text', { colour: process.stdout.isTTY }));
    process.stderr.write(policy === undefined ? 'The API server refuses this policy.\n' : summary(audits));
  }
  return findings.some(({ severity }) => severity !== 'info') ? EXIT.findings : EXIT.fine;
}

function suggest({ rules, language }: Rules, { json, output }: Flags): number {
  const { text, policy, audits } = suggestPolicy(rules, language);
  const findings = auditFindings(audits, policy);
  if (output !== undefined) write(output, text);
  if (json) process.stdout.write(auditPolicyJson({ audits, findings, text }));
  else {
    if (output === undefined) process.stdout.write(text);
    process.stderr.write(
      renderDiagnostics(findings, 'text', { colour: process.stderr.isTTY, source: () => undefined }),
    );
    process.stderr.write(summary(audits));
  }
  return findings.length > 0 ? EXIT.findings : EXIT.fine;
}

/** One line about all rules. */
function summary(audits: readonly RuleAudit[]): string {
  const count = (verdict: RuleAudit['verdict']): number =>
    audits.filter((found) => found.verdict === verdict).length;
  const counts = [
    `${count('fires')} can fire for all requests that they are about`,
    ...part(count('partly'), 'for some'),
    ...part(count('never'), 'never'),
    ...part(count('always false'), 'false whatever the policy'),
  ];
  return `${audits.length} ${audits.length === 1 ? 'rule' : 'rules'} for audit events: ${counts.join(', ')}.\n`;
}

const part = (count: number, text: string): string[] => (count === 0 ? [] : [`${count} ${text}`]);

function tell(diagnostic: Diagnostic): void {
  process.stderr.write(`${renderDiagnostic(diagnostic, { colour: process.stderr.isTTY })}\n`);
}

function read(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    const message = `cannot read ${path}: ${(cause as Error).message}`;
    throw new DiagnosticError({ code: 'FILE_UNREADABLE', severity: 'error', message, file: path }, { cause });
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const message = `cannot write ${path}: ${(cause as Error).message}`;
    throw new DiagnosticError({ code: 'FILE_UNWRITABLE', severity: 'error', message, file: path }, { cause });
  }
}

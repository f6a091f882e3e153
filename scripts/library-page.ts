import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { markdownTable } from '../cli/columns.ts';

const folder = join(import.meta.dirname, '../rules/library');

interface Item {
  readonly rule?: string;
  readonly desc: string;
  readonly condition: string;
  readonly priority: string;
  readonly tags: readonly string[];
}

/** The README of the rules that we ship: what stands in their files, in tables. */
export function libraryPage(): string {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const [names, ...others] = files as [(typeof files)[number], ...typeof files];
  const lists = commented(names.text, 'list');
  const hooks = commented(names.text, 'macro').filter(({ name }) => name.startsWith('expected_'));
  const sections = others.map(({ name, text }) => section(name, text, [...hooks, ...lists]));
  const count = others.reduce((sum, { text }) => sum + rulesOf(text).length, 0);
  const sources = SOURCES.map((source) => {
    const name = `${source}/${source}.yaml`;
    const text = readFileSync(join(folder, name), 'utf8');
    const words = [
      ...commented(text, 'macro').filter(({ name: macro }) => macro.startsWith('expected_')),
      ...commented(text, 'list'),
    ];
    return `${section(name, text, words)}\n\n${markdownTable(
      ['hook or list', 'what belongs there'],
      words.map(({ name: word, comment }) => [`\`${word}\``, comment.replace(/ Example: (.*)$/, '<br>`$1`')]),
    )}`;
  });
  return head(count) + sections.join('\n\n') + tail(lists, hooks) + otherSources(sources);
}

/** Folders with rules for other sources than system calls: Falco loads them only with the plug-in. */
const SOURCES = ['k8s_audit', 'aws_cloudtrail'];

/** The rules of a file in a table; `known` are the lists and hooks that they can be told something with. */
function section(name: string, text: string, known: readonly { name: string; comment: string }[]): string {
  const rows = rulesOf(text).map(({ rule, desc, condition, priority, tags }) => [
    `**${rule}**<br>${desc.trim()}`,
    priority,
    tags
      .filter((tag) => /^T\d/.test(tag))
      .map(techniqueLink)
      .join(', ') + (tags.includes('cks') ? ', CKS' : ''),
    wordsOf(condition, known)
      .map((word) => `\`${word}\``)
      .join('<br>'),
  ]);
  return `### ${name}\n\n${firstComment(text)}\n\n${markdownTable(['rule', 'priority', 'technique', 'what it can be told'], rows)}`;
}

const rulesOf = (text: string): readonly Item[] =>
  (parseYaml(text) as readonly Item[]).filter(({ rule }) => rule !== undefined);

/** The lists or macros of a file with the comment right above them. */
function commented(text: string, kind: 'list' | 'macro'): readonly { name: string; comment: string }[] {
  return [...text.matchAll(new RegExp(`^# (.*)\\n- ${kind}: (\\w+)$`, 'gm'))].map(([, comment, name]) => ({
    name: name!,
    comment: comment!,
  }));
}

const firstComment = (text: string): string => /^# (.*)$/m.exec(text)![1]!;

const wordsOf = (condition: string, known: readonly { name: string }[]): readonly string[] =>
  known.map(({ name }) => name).filter((name) => new RegExp(`\\b${name}\\b`).test(condition));

const techniqueLink = (tag: string): string =>
  `[${tag}](https://attack.mitre.org/techniques/${tag.replace('.', '/')}/)`;

const head = (
  count: number,
): string => `<!-- Written by scripts/generate-docs.ts from the rule files: npm run docs. -->
# Rules that tiercel ships

${count} rules of our own for containers, Kubernetes and the hosts below, in Falco's format: Falco 0.44 loads them as they are, from this folder (\`falco -r rules/library\`) or file by file.
They cover what the CKS exam asks of runtime security, and the matrix of MITRE ATT&CK for containers. \`tiercel test rules/library\` runs the tests in \`tests/\`, in which each rule fires and stays silent.

Files are loaded in the order of their names; \`00-names.yaml\` holds the lists, macros and hooks of all others and must come first. Where several rules match one event, Falco tells of the
first only (unless \`rule_matching: all\`), so the graver subjects stand first.

## What the priorities mean

| priority | meaning | answer |
|---|---|---|
| CRITICAL | Hardly ever benign: somebody is at work, or a wall is down. | Wake somebody. |
| ERROR | An attack, or something that should be forbidden. A few benign cases, each worth a hook. | Look today. |
| WARNING | Suspicious. There are benign cases at most sites; after some days in the hooks, few are left. | Look this week; sooner with others beside it. |
| NOTICE | Unusual in production, normal where people develop. | For context, and to count. |

## How to tell them what is normal

Never change these files: load one of your own after them. Three ways, from the narrowest to the widest.

**A hook.** Each rule ends in \`and not expected_…\`, a macro that is never true until you replace it. Its condition says what is normal at your site:

\`\`\`yaml
- macro: expected_exec
  condition: (proc.cmdline in ("sh -c pg_isready", "sh -c /healthz") or k8s.ns.name = sandbox)
  override: {condition: replace}
\`\`\`

**A list.** What counts as a shell, who may read password files, where the API server is:

\`\`\`yaml
- list: login_programs
  items: [my-login]
  override: {items: append}
\`\`\`

**The rule.** Off, or with another priority:

\`\`\`yaml
- rule: Terminal shell in a container
  enabled: false
  override: {enabled: replace}
\`\`\`

\`tiercel replay\` over a day's recording shows what is left; \`tiercel lint\` with your file behind these sees to it that each override takes effect.

## The rules

`;

const tail = (
  lists: readonly { name: string; comment: string }[],
  hooks: readonly { name: string; comment: string }[],
): string => `

## The hooks

All are \`never_true\` until you replace them.

${markdownTable(
  ['hook', 'what belongs there'],
  hooks.map(({ name, comment }) => [`\`${name}\``, comment.replace(/ Example: (.*)$/, '<br>`$1`')]),
)}

## The lists

${markdownTable(
  ['list', 'what it holds'],
  lists.map(({ name, comment }) => [`\`${name}\``, comment]),
)}
`;

const otherSources = (sections: readonly string[]): string => `
## Rules for other sources

Each stands in a folder of its own, with its lists, macros and hooks: \`tiercel replay audit.log -r rules/library/k8s_audit\`; Falco loads it where the plug-in is loaded.

${sections.join('\n\n')}
`;

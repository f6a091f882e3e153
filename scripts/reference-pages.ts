import type { Command } from 'commander';
import * as z from 'zod';
import { eventsMarkdown } from '../cli/event-markdown.ts';
import { fieldsMarkdown, knownClasses } from '../cli/fields.ts';
import { markdownTable } from '../cli/columns.ts';
import { makeProgram } from '../cli/program.ts';
import { falcoKeys } from '../daemon/config/falco-keys.ts';
import { codeReference, lintChecks } from '../rules/index.ts';
import { routesPage } from './routes-page.ts';
import { inputsPage } from './inputs-page.ts';
import { testFormatPage } from './test-format-page.ts';
import { libraryPage } from './library-page.ts';
import { outputsPage } from './outputs-page.ts';
import { metricsPage, ownKeysPart } from './run-pages.ts';

/** The reference pages by their path, as they should be. */
export async function pages(): Promise<Map<string, string>> {
  return new Map([
    ['docs/reference/command-line.md', await commandLine()],
    ['docs/reference/configuration.md', configuration()],
    ['docs/reference/fields.md', note + fieldsMarkdown(await knownClasses())],
    ['docs/reference/events.md', note + eventsMarkdown()],
    ['docs/reference/diagnostics.md', diagnostics()],
    ['docs/reference/lint.md', note + lintPage()],
    ['docs/reference/routes.md', note + routesPage()],
    ['docs/reference/test-format.md', note + testFormatPage()],
    ['docs/reference/metrics.md', note + metricsPage()],
    ['rules/library/README.md', libraryPage()],
    ['docs/reference/outputs.md', note + outputsPage()],
    ['docs/reference/inputs.md', note + inputsPage()],
  ]);
}

const note = '<!-- Written by scripts/generate-docs.ts from the code: npm run docs. -->\n';

async function commandLine(): Promise<string> {
  const parts = [
    `${note}# Command line\n\nExit status of all commands: 0 fine; 1 findings (invalid rules, failed tests); 2 could not run.\n`,
  ];
  for (const command of (await makeProgram(() => true)).commands) {
    const name = command.name();
    parts.push(`## tiercel ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
    for (const sub of command.commands)
      parts.push(`### tiercel ${name} ${sub.name()}\n\n\`\`\`text\n${helpOf(sub)}\n\`\`\`\n`);
  }
  return parts.join('\n');
}

function lintPage(): string {
  const rows = lintChecks.map(({ code, severity, what }) => [`[${code}](#${code})`, severity, what]);
  const sections = lintChecks.map(
    ({ code, severity, what, why, bad, good }) => `## ${code}

${severity}. ${what}

${why}

\`\`\`yaml
# found
${bad.trimEnd()}
\`\`\`

\`\`\`yaml
# mended
${good.trimEnd()}
\`\`\`
`,
  );
  return `# Checks of \`tiercel lint\`

All examples are run by the tests: the first has one finding, the second none. How to switch checks off, and what makes the exit status 1, stands in
[how to review rules](../how-to/review-rules.md).

${markdownTable(['code', 'severity', 'finds'], rows)}

${sections.join('\n')}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

function diagnostics(): string {
  const table = (severity: string): string =>
    markdownTable(
      ['code', 'short', 'when, and what to do'],
      codeReference()
        .filter((known) => known.severity === severity)
        .map(({ code, summary, help }) => [`\`${code}\``, summary.replaceAll('<', '&lt;'), help]),
    );
  return `${note}# Diagnostics

What \`tiercel validate\` and all commands that read rule files can find. Codes and messages are Falco's where it has them; \`tiercel validate --format json\` and \`--format sarif\` carry them to
programs. [How to check rules](../how-to/check-rules.md) shows how findings look.

## Errors

A file with an error is refused, and Falco would not start. There is one per file: the first.

${table('error')}

## Warnings

The file loads.

${table('warning')}
`;
}

function configuration(): string {
  const rows = Object.entries(falcoKeys.shape).map(([key, type]) => {
    const kind = (z.toJSONSchema(type as z.ZodType, { unrepresentable: 'any', io: 'output' }) ?? {}) as {
      default?: unknown;
    };
    const shown =
      kind.default === undefined || typeof kind.default === 'object' ? '' : `\`${String(kind.default)}\``;
    return `| \`${key}\` | ${shown} | ${(type as z.ZodType).description ?? 'Known; has no meaning in a replay.'} |`;
  });
  return `${note}# Configuration

A \`falco.yaml\` given with \`-c\` is read as Falco 0.44 reads it, \`\${VARIABLES}\` and \`config_files\` included; \`-o key=value\` sets any key (\`-o a.b=c\`, \`-o list[0].key=x\`, \`-o list[]=x\`; a value
in \`{…}\` or \`[…]\` is YAML). Unknown keys, and values that do not decode, are warnings. Without \`-c\`, \`append_output\` is that of the \`falco.yaml\` that Falco ships (\`- suggested_output: true\`);
all other keys have these defaults.

| key | default | meaning |
|---|---|---|
${rows.join('\n')}

${ownKeysPart()}`;
}

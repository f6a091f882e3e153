import { paint, renderRows, wrap, type Layout } from './columns.ts';
import type { ProgramView, RuleView } from './compile-view.ts';

/** So many names are listed; of more only the number is told. */
const FEW = 8;

/** All rules, one row each. */
export function renderRules(rules: readonly RuleView[], layout: Layout): string {
  return renderRows(
    rules.map(({ rule, events, checks, questions }) => {
      const shared = checks.filter((check) => check.shared.length > 0).length;
      const abouts = [...new Set(questions.map(({ about }) => about))];
      return {
        names: [inert(rule)],
        kind: counted(events.length, 'event'),
        text: [
          `${counted(checks.length, 'check')}${shared > 0 ? `, ${shared} shared` : ''}`,
          ...(abouts.length > 0 ? [`ruled out early by ${abouts.map(inert).join(', ')}`] : []),
        ].join('; '),
      };
    }),
    layout,
    0,
  );
}

/** How a rule is asked, as comments before its code. */
export function renderRule({ rule, source, events, checks, questions }: RuleView, layout: Layout): string {
  const comment = (indent: string, text: string): string[] =>
    wrap(text, layout.width - indent.length - 3).map(
      (line, i) => `// ${i === 0 ? indent : ' '.repeat(indent.length + 2)}${line}`,
    );
  const lines = [
    `// rule: ${inert(rule)}`,
    ...comment('', `asked at ${counted(events.length, 'event type')}${ofSource(source)}: ${few(events)}`),
    '//',
    '// checks:',
    ...checks.flatMap(({ check, shared }) => [
      ...comment('  ', inert(check)),
      ...(shared.length > 0
        ? comment('    ', `shared with ${counted(shared.length, 'rule')}: ${few(shared.map(quoted))}`)
        : []),
    ]),
    ...questions.flatMap((question) => [
      '//',
      ...comment(
        '',
        `ruled out early at ${few(question.events)} by one look at ${inert(question.about)}, for ${counted(question.rules.length, 'rule')} at once:`,
      ),
      ...comment('  ', inert(question.question)),
    ]),
  ];
  return lines.map((line) => paint('dim', line, layout)).join('\n');
}

/** The code of a function, with what it names by number as comments. */
export function renderProgram(
  { source, events, rules, code, constants }: ProgramView,
  layout: Layout,
): string {
  const names = new Map(rules.map(({ index, rule }) => [String(index), rule]));
  const texts = new Map(constants.map(({ name, text }) => [name, text]));
  const lines = code.split('\n').map((line) => {
    const constant = /^const (\w+) = /.exec(line)?.[1];
    const rule = /(?:return|found =) \[(\d+)\]/.exec(line)?.[1];
    const about = constant === undefined ? rule && names.get(rule) : texts.get(constant);
    return about === undefined ? line : `${line} ${paint('dim', `// ${inert(about)}`, layout)}`;
  });
  const head = `// ---- ${few(events)}${ofSource(source)}: ${counted(rules.length, 'rule')}`;
  return [paint('bold', head, layout), ...lines].join('\n');
}

const ofSource = (source: string): string => (source === 'syscall' ? '' : ` of ${inert(source)}`);
const quoted = (name: string): string => `"${inert(name)}"`;

function few(names: readonly string[]): string {
  if (names.length <= FEW) return names.join(', ');
  return `${names.slice(0, FEW).join(', ')} and ${names.length - FEW} more`;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** A text of a rule that ends no comment, and does nothing to a terminal. */
const inert = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (unit) => `\\u{${unit.codePointAt(0)!.toString(16)}}`);

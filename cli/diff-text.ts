import type { DiffLine } from '../rules/index.ts';
import { paint, type Layout } from './columns.ts';
import type { Section } from './diff-report.ts';

const COLOURS = { '+': 'green', '-': 'red', '~': 'yellow' } as const;

/** Sections as text, each followed by an empty line, and a summary at the end. */
export function renderText(sections: readonly Section[], summary: string, layout: Layout): string {
  const painted = (mark: DiffLine['mark'], text: string): string =>
    mark === ' ' ? text : paint(COLOURS[mark], text, layout);
  const parts = sections.map(({ mark, title, lines }) =>
    [
      painted(mark, mark) + paint('bold', ` ${title}`, layout),
      ...lines.map((line) => `  ${painted(line.mark, `${line.mark} ${line.text}`)}`),
    ]
      .map((line) => `${line.trimEnd()}\n`)
      .join(''),
  );
  return [...parts, `${summary}\n`].join('\n');
}

/** The same as Markdown; lines are in blocks that are shown in colours where such a comment is read. */
export function renderMarkdown(sections: readonly Section[], summary: string): string {
  const parts = sections.map(({ mark, title, lines }) => {
    const head = `**${mark === ' ' ? '' : `${mark} `}${escaped(title)}**\n`;
    return lines.length === 0 ? head : `${head}\n${fenced(lines)}`;
  });
  return [`${escaped(summary)}\n`, ...parts].join('\n');
}

const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~@]/g, (sign) => `\\${sign}`);

function fenced(lines: Section['lines']): string {
  const text = lines
    .map(({ mark, text: line }) => `${mark === '~' ? '!' : mark} ${line}`.trimEnd())
    .join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}diff\n${text}\n${fence}\n`;
}

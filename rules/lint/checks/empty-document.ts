import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';

const one = exampleRule({ name: 'One', condition: 'evt.type = execve and proc.name = nc' });
const two = exampleRule({ name: 'Two', condition: 'evt.type = execve and proc.name = ncat' });

export const emptyDocument: LintCheck = {
  code: 'empty-document',
  severity: 'error',
  what: 'An empty YAML document with something behind it.',
  why: 'Falco stops reading there: whatever follows is not loaded, not even looked at, and the file is said to be right. Two lines `---` with nothing between them are enough.',
  bad: `${one}\n---\n---\n\n${two}`,
  good: `${one}\n---\n\n${two}`,
  *check({ files }) {
    for (const file of files) {
      const { text } = file;
      const read = file.documents.length;
      // Documents begin with their marker, the first one also without.
      const starts = [...text.matchAll(/^---(?=[ \t\r\n]|$)/gm)].map(({ index }) => index);
      const hasFirst = starts.length === 0 || hasContent(text.slice(0, starts[0]));
      const documents = hasFirst ? [0, ...starts] : starts;
      const empty = documents[read];
      if (
        empty === undefined ||
        !documents.slice(read + 1).some((from, i) => hasContent(text.slice(from, documents[read + 2 + i])))
      )
        continue;
      yield {
        place: file.place(empty, empty + 3),
        message: 'this document is empty, and Falco reads nothing that comes after it',
        hint: 'take the superfluous `---` out',
      };
    }
  },
};

const hasContent = (text: string): boolean => /^(?!---)[ \t]*[^#\s]/m.test(text.replace(/^---/, '   '));

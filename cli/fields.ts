import { Command, Option } from 'commander';
import {
  allFields,
  didYouMean,
  DiagnosticError,
  FIELD_MARKS,
  FIELD_TYPES,
  fieldWords,
  findFields,
  formsOf,
  marksOf,
  parameterNames,
  type Field,
  type FieldClass,
  type FieldMark,
} from '../engine/index.ts';
import { builtInSources } from '../sources/index.ts';
import { layoutOf, markdownTable, paint, renderRows, wrap, type Layout } from './columns.ts';

interface Flags {
  readonly json?: true;
  readonly markdown?: true;
  readonly names?: true;
  readonly source?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel fields                  every field
  $ tiercel fields fd               the fields that begin with fd.
  $ tiercel fields proc.aname[2]    one field
  $ tiercel fields process          the fields of a class, thread.* among them
  $ tiercel fields --source k8s_audit  what there is of audit events of Kubernetes
  $ tiercel fields --names | grep mount
  $ tiercel fields --json | jq '.[] | select(.type == "IPADDR") | .name'

Words in capitals stand for the argument of a field: proc.aname[LEVEL] is written proc.aname[2].

Exit status: 0 fine; 2 there is no such field.`;

/** `tiercel fields [CLASS]`: what conditions and outputs can ask of an event. */
export function fieldsCommand(): Command {
  return new Command('fields')
    .description('Lists the fields that conditions and outputs can use, with type and meaning.')
    .argument('[class]', 'a class (process), the beginning of names (proc), or one field (proc.name)')
    .addOption(
      new Option('--json', 'everything that is known of them, as JSON').conflicts(['markdown', 'names']),
    )
    .addOption(new Option('--markdown', 'as the reference page has it').conflicts('names'))
    .option('--names', 'only the names, one per line')
    .option('--source <source>', 'only fields that events of this source have')
    .addHelpText('after', EXAMPLES)
    .action(async (word: string | undefined, { json, markdown, names, source }: Flags) => {
      const known = await knownClasses();
      const classes = ofSource(word === undefined ? known : findOrFail(word, known), source, known);
      const fields = classes.flatMap((fieldClass) => fieldClass.fields);
      const text = json
        ? JSON.stringify(fieldsJson(classes), undefined, 2)
        : markdown
          ? fieldsMarkdown(classes).trimEnd()
          : names
            ? fields.map(({ name }) => name).join('\n')
            : renderFields(classes, layoutOf(process.stdout));
      process.stdout.write(`${text}\n`);
    });
}

/** The fields of system calls, and of all other sources. */
export async function knownClasses(): Promise<readonly FieldClass[]> {
  const sources = await Promise.all(builtInSources.map(({ load }) => load()));
  return [...allFields, ...sources.flatMap(({ fields }) => fields)];
}

function findOrFail(word: string, known: readonly FieldClass[]): readonly FieldClass[] {
  const found = findFields(word, known);
  if (found.length > 0) return found;
  const [, parameter] = /^evt\.(?:raw)?arg\.(.+)$/s.exec(word) ?? [];
  if (parameter !== undefined)
    throw new DiagnosticError({
      code: 'PARAMETER_UNKNOWN',
      severity: 'error',
      message: `there is no event with a parameter "${parameter}"`,
      hint: didYouMean(parameter, parameterNames()) ?? 'tiercel events lists the parameters of all events',
    });
  const hint = didYouMean(word.replace(/\[.*$/s, ''), fieldWords(known));
  throw new DiagnosticError({
    code: 'FIELD_UNKNOWN',
    severity: 'error',
    message: `there is no field and no class of fields "${word}"`,
    hint: hint ?? 'tiercel fields --names lists all',
  });
}

function ofSource(
  classes: readonly FieldClass[],
  source: string | undefined,
  known: readonly FieldClass[],
): readonly FieldClass[] {
  if (source === undefined) return classes;
  const sources = new Set(known.flatMap((fieldClass) => fieldClass.source ?? []));
  if (!sources.has(source))
    throw new DiagnosticError({
      code: 'SOURCE_UNKNOWN',
      severity: 'error',
      message: `there is no event source "${source}"`,
      hint: didYouMean(source, sources) ?? `known sources: ${[...sources].join(', ')}`,
    });
  return classes.filter((fieldClass) => fieldClass.source === undefined || fieldClass.source === source);
}

const typeOf = ({ type, list }: Field): string => (list ? `${type} (list)` : type);

/** Marks in the words of the list for people. */
const SHORT_MARKS: Readonly<Record<FieldMark, string>> = {
  deprecated: 'deprecated',
  filterOnly: 'conditions only',
  noRightSide: 'cannot be on the right side',
  noTransformer: 'no transformer',
  stateful: 'differs with each reading',
  suggested: 'suggested for outputs',
  hidden: 'unlisted in Falco',
};

const shortMarks = (field: Field): string =>
  marksOf(field)
    .map((mark) => SHORT_MARKS[mark])
    .join(', ');

const sourceOf = (source: string | undefined): string =>
  source === undefined ? 'events of every source' : `events of the source ${source}`;

/** Fields for people, class by class. */
export function renderFields(classes: readonly FieldClass[], layout: Layout): string {
  return classes
    .map(({ name, source, desc, fields }) => {
      const title = `${paint(['bold', 'underline'], name, layout)}  ${paint('dim', sourceOf(source), layout)}`;
      const rows = fields.map((field) => {
        const marks = shortMarks(field);
        const text = marks === '' ? field.desc : `(${marks}) ${field.desc}`;
        return { names: formsOf(field), kind: typeOf(field), text };
      });
      return [title, ...wrap(desc, layout.width), '', renderRows(rows, layout)].join('\n');
    })
    .join('\n\n');
}

/** Fields for machines: one object per field, in the order of the list. */
function fieldsJson(classes: readonly FieldClass[]): readonly object[] {
  return classes.flatMap(({ name: className, source, fields }) =>
    fields.map((field) => ({
      name: field.name,
      class: className,
      source: source ?? null,
      type: field.type,
      list: field.list === true,
      argument:
        field.arg === undefined
          ? null
          : {
              required: field.arg.required,
              ...(field.arg.index !== undefined && { index: field.arg.index }),
              ...(field.arg.key !== undefined && { key: field.arg.key }),
              ...(field.arg.dotted !== undefined && { dotted: field.arg.dotted }),
            },
      forms: formsOf(field),
      flags: marksOf(field).map(snakeCase),
      desc: field.desc,
    })),
  );
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The reference page of fields. */
export function fieldsMarkdown(classes: readonly FieldClass[] = allFields): string {
  const used = new Set(classes.flatMap(({ fields }) => fields.map(({ type }) => type)));
  const types = Object.entries(FIELD_TYPES).filter(([type]) => used.has(type as Field['type']));
  const sections = classes.map(
    ({ name, source, desc, fields }) => `## ${name}

${desc} For ${sourceOf(source)}.

${markdownTable(
  ['field', 'type', 'meaning'],
  fields.map((field) => {
    const marks = shortMarks(field);
    return [
      formsOf(field)
        .map((form) => `\`${form}\``)
        .join('<br>'),
      typeOf(field),
      marks === '' ? field.desc : `*${marks[0]!.toUpperCase()}${marks.slice(1)}.* ${field.desc}`,
    ];
  }),
)}
`,
  );
  return `# Fields

What conditions and outputs can ask of an event; \`tiercel fields\` prints the same. Words in capitals stand for the argument of a field: \`proc.aname[LEVEL]\` is
written \`proc.aname[2]\`. A field that an event does not have is missing: outputs show \`<NA>\`, and every comparison with it is false.

${markdownTable(
  ['mark', 'such a field is'],
  (Object.keys(FIELD_MARKS) as FieldMark[]).map((mark) => [SHORT_MARKS[mark], FIELD_MARKS[mark]]),
)}

${markdownTable(
  ['type', 'values'],
  types.map(([type, meaning]) => [type, meaning]),
)}

${sections.join('\n')}`;
}

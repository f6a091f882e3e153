/** Rule files for the examples of checks. */

/** What an alert should say whatever it is about. */
export const OUTPUT = 'Example | command=%proc.cmdline parent=%proc.pname user=%user.name';
/** The same for a rule about files. */
export const FILE_OUTPUT = 'Example | file=%fd.name command=%proc.cmdline parent=%proc.pname user=%user.name';
/** The same for a rule about connections. */
export const NETWORK_OUTPUT =
  'Example | connection=%fd.name command=%proc.cmdline parent=%proc.pname user=%user.name';

interface RuleParts {
  readonly condition: string;
  readonly output?: string;
  readonly name?: string;
  readonly priority?: string;
  readonly tags?: string;
  /** Further lines, such as exceptions. */
  readonly more?: string;
}

/** A rule that no other check complains of. */
export function exampleRule({
  condition,
  output = OUTPUT,
  name = 'Example',
  priority = 'NOTICE',
  tags = '[process, mitre_execution, T1059]',
  more = '',
}: RuleParts): string {
  return `- rule: ${name}
  desc: An example.
  condition: ${condition}
  output: ${output}
  priority: ${priority}
  tags: ${tags}
${more}`;
}

/** A list, and the blank line behind it; items are separated by commas. */
export const exampleList = (name: string, items: string): string =>
  `- list: ${name}\n  items: [${items}]\n\n`;

/** A macro, and the blank line behind it. */
export const exampleMacro = (name: string, condition: string): string =>
  `- macro: ${name}\n  condition: ${condition}\n\n`;

/** A rule for `bash` and `sh`, with an exception for these programs. */
export const exampleException = (programs: string): string =>
  exampleRule({
    condition: 'evt.type = execve and proc.name in (bash, sh)',
    more: `  exceptions:\n    - name: known_programs\n      fields: proc.name\n      values: [${programs}]\n`,
  });

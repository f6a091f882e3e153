import { Command, InvalidArgumentError } from 'commander';
import { loadRunning, type QueueChanges } from '../daemon/index.ts';
import { DiagnosticError, didYouMean } from '../engine/index.ts';
import type { DeadLetter, OutputStats, PendingDelivery, Queue } from '../outputs/index.ts';
import { folderOf, withFolder, type FolderFlags } from './data-folder.ts';
import { EXIT } from './exit.ts';
import { table } from './table.ts';

interface Flags extends FolderFlags {
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel queue stats -c tiercel.yaml             what waits, what is dead, what was delivered and dropped
  $ tiercel queue ls -c tiercel.yaml                dead letters: alerts that were given up, and why
  $ tiercel queue ls slack --pending --data-dir /var/lib/tiercel
  $ tiercel queue show slack 17                     one of them, with its alert
  $ tiercel queue replay slack                      put those of one output back, when its trouble is over
  $ tiercel queue replay slack 17 18                only these
  $ tiercel queue drop slack 17                     give one up for good
  $ tiercel queue drop --pending old-output         all that waits for an output

The queue is that of --data-dir, of the configuration given with -c, or /var/lib/tiercel. It can be looked at and changed while tiercel runs.

Exit status: 0 fine; 1 there is no such dead letter; 2 the queue cannot be opened.`;

/** Deliveries that `ls --pending` shows at most. */
const MOST_SHOWN = 1000;

/** `tiercel queue`: looks into the queue, and moves dead letters. */
export function queueCommand(): Command {
  const command = new Command('queue')
    .description(
      'Shows what waits in the queue of `tiercel run` and what was given up, and puts the latter back.',
    )
    .addHelpText('after', EXAMPLES);
  const sub = (name: string, description: string): Command =>
    withFolder(command.command(name).description(description)).option('--json', 'for programs');

  sub('stats', 'Shows each output in numbers.').action(async (flags: Flags) => {
    const stats = await look(flags, (queue) => queue.stats());
    // The folder does not say which outputs the configuration has.
    const outputs = stats.outputs.map(({ configured: _, ...output }) => output);
    print(flags, { ...stats, outputs }, () => statsText(stats.outputs));
  });
  sub('ls', 'Lists dead letters, oldest first.')
    .argument('[output]', 'of this output only')
    .option('--pending', 'what waits instead, and will be delivered')
    .action(async (output: string | undefined, flags: Flags & { readonly pending?: true }) => {
      const { list, waiting } = await look(flags, (queue) => {
        const outputs = checkOutput(queue, output);
        const wanted = output === undefined ? outputs : [output];
        if (!flags.pending)
          return { list: [...queue.dead(output)].map(deadJson), waiting: waitingText(queue, wanted) };
        const list = wanted.flatMap((name) =>
          queue.pending(name, 0, MOST_SHOWN).map((delivery) => pendingJson(name, delivery)),
        );
        return { list, waiting: '' };
      });
      print(flags, list, () => listText(list, flags.pending ? 'nothing waits' : `no dead letters${waiting}`));
    });
  sub('show', 'Shows one dead letter, or one delivery that waits.')
    .argument('<output>', 'the output that it is for')
    .argument('<seq>', 'its number, as `ls` has it', seq)
    .action(async (output: string, number: number, flags: Flags) => {
      const found = await look(flags, (queue) => {
        checkOutput(queue, output);
        const letter = queue.deadLetter(output, number);
        if (letter !== undefined) return { ...deadJson(letter), alert: letter.alert?.json };
        const [delivery] = queue.pending(output, number - 1, 1);
        return delivery?.seq === number
          ? { ...pendingJson(output, delivery), alert: delivery.alert.json }
          : undefined;
      });
      if (found === undefined) return nothing(`the queue of ${output} has no number ${number}`);
      const { alert, ...rest } = found;
      print(flags, { ...rest, alert: alert === undefined ? null : JSON.parse(alert) }, () => {
        const lines = Object.entries(rest).map(([key, value]) => `${key}: ${clean(String(value))}\n`);
        return `${lines.join('')}${alert ?? '(the alert cannot be read)'}\n`;
      });
    });
  sub('replay', 'Puts dead letters back into the queue.')
    .argument('[output]', 'of this output; of all if left away')
    .argument('[seqs...]', 'only these', seqs)
    .action(async (output: string | undefined, numbers: readonly number[] | undefined, flags: Flags) => {
      await look(flags, (queue) => checkOutput(queue, output));
      const replayed = await change(flags, (queue) => queue.replay(selectionOf(output, numbers)));
      print(flags, { replayed }, () => `${replayed} put back\n`);
      if (replayed < (numbers?.length ?? 0)) process.exitCode = EXIT.findings;
    });
  sub('drop', 'Drops dead letters for good.')
    .argument('<output>', 'the output that it is for')
    .argument('[seqs...]', 'only these', seqs)
    .option('--pending', 'all that waits for the output instead')
    .action(
      async (
        output: string,
        numbers: readonly number[] | undefined,
        flags: Flags & { readonly pending?: true },
      ) => {
        await look(flags, (queue) => checkOutput(queue, output));
        const dropped = await change(flags, (queue) =>
          flags.pending ? queue.dropPending(output) : queue.dropDead(selectionOf(output, numbers)),
        );
        print(flags, { dropped }, () => `${dropped} dropped\n`);
        if (dropped < (numbers?.length ?? 0)) process.exitCode = EXIT.findings;
      },
    );
  return command;
}

const selectionOf = (output: string | undefined, numbers: readonly number[] | undefined) => ({
  ...(output !== undefined && { output }),
  ...(numbers !== undefined && numbers.length > 0 && { seqs: numbers }),
});

function seq(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value))
    throw new InvalidArgumentError('expected a number as `queue ls` has it');
  return Number(value);
}
const seqs = (value: string, before: readonly number[] | undefined): readonly number[] => [
  ...(before ?? []),
  seq(value),
];

async function look<T>(flags: Flags, use: (queue: Queue) => T): Promise<T> {
  const running = await loadRunning();
  return running.lookIntoQueue(folderOf(flags, running), use);
}

async function change<T>(flags: Flags, use: (queue: QueueChanges) => Promise<T>): Promise<T> {
  const running = await loadRunning();
  return running.changeQueue(folderOf(flags, running), use);
}

/** All outputs of the queue. Throws if this one is none of them. */
function checkOutput(queue: Queue, output: string | undefined): readonly string[] {
  const outputs = queue.stats().outputs.map((one) => one.output);
  if (output === undefined || outputs.includes(output)) return outputs;
  throw new DiagnosticError({
    code: 'QUEUE_UNKNOWN_OUTPUT',
    severity: 'error',
    message: `the queue knows no output ${output}`,
    hint: didYouMean(output, outputs) ?? `it knows ${outputs.join(', ') || 'none'}`,
  });
}

function nothing(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = EXIT.findings;
}

function print({ json }: Flags, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

function pendingJson(output: string, { seq: number, alert, route }: PendingDelivery) {
  const { rule, priority, id } = alert;
  return { output, seq: number, received: time(alert.received), route: route.route, priority, rule, id };
}

function deadJson({
  output,
  seq: number,
  alert,
  route,
  received,
  buried,
  reason,
  message,
  attempts,
}: DeadLetter) {
  return {
    output,
    seq: number,
    received: time(received),
    route: route.route,
    priority: alert?.priority,
    rule: alert?.rule,
    id: alert?.id,
    buried: time(buried),
    reason,
    attempts,
    message,
  };
}

function listText(
  list: readonly (ReturnType<typeof deadJson> | ReturnType<typeof pendingJson>)[],
  none: string,
): string {
  if (list.length === 0) return `${none}\n`;
  const rows = list.map((one) => [
    one.output,
    String(one.seq),
    one.received,
    one.priority ?? '?',
    clean(one.rule ?? '?'),
    'reason' in one ? `${one.reason}: ${clean(one.message)}` : one.route,
  ]);
  const last = 'reason' in list[0]! ? 'REASON' : 'ROUTE';
  return table(['OUTPUT', 'SEQ', 'RECEIVED', 'PRIORITY', 'RULE', last], rows, {
    right: [1],
    ...(process.stdout.isTTY && { width: process.stdout.columns }),
  });
}

/** What waits and is no dead letter; '' if nothing does. */
function waitingText(queue: Queue, wanted: readonly string[]): string {
  const { outputs } = queue.stats();
  const waiting = outputs.filter(({ output, pending }) => wanted.includes(output) && pending > 0);
  if (waiting.length === 0) return '';
  return `; ${waiting.map(({ output, pending }) => `${pending} for ${output}`).join(', ')} not delivered yet: --pending`;
}

function statsText(outputs: readonly OutputStats[]): string {
  if (outputs.length === 0) return 'no outputs\n';
  const rows = outputs.map(({ output, pending, pendingBytes, oldest, dead, delivered, dropped }) => [
    output,
    String(pending),
    String(pendingBytes),
    oldest === undefined ? '-' : time(oldest),
    String(dead),
    String(delivered),
    String(Object.values(dropped).reduce((sum, count) => sum + count, 0)),
  ]);
  return table(['OUTPUT', 'PENDING', 'BYTES', 'OLDEST', 'DEAD', 'DELIVERED', 'DROPPED'], rows, {
    right: [1, 2, 4, 5, 6],
  });
}

/** Text of an alert that can do nothing to a terminal. */
const clean = (text: string): string => text.replace(/\p{Cc}/gu, '\ufffd');

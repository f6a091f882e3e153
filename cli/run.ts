import { hostname } from 'node:os';
import { Command } from 'commander';
import { loadRunning, type Daemon, type RunConfig, type RunConfigResult } from '../daemon/index.ts';
import { tellOf } from './diagnostics.ts';
import { configStatus } from './config-status.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';

interface Flags {
  readonly config: string;
  readonly option: readonly string[];
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel run -c tiercel.yaml
  $ tiercel run -c /etc/falco/falco.yaml                   Falco's own outputs; tiercel's keys may stand beside them
  $ tiercel run -c tiercel.yaml --dry-run                  what it would do; opens nothing
  $ curl -s localhost:2801/readyz                          how inputs and outputs are

The smallest tiercel.yaml, which takes alerts at 127.0.0.1:2801 (Falco's http_output, or whatever sends to falcosidekick):

  data_dir: /var/lib/tiercel
  outputs:
    archive: {kind: file, path: /var/log/falco/alerts.json}

An alert is acknowledged when it is on disk, and kept there until every output it is for has it. Routes say which alerts go where, in Falco's
condition language: docs/how-to/run-beside-falco.md.

SIGTERM and SIGINT stop it: what is under way is delivered within shutdown_timeout, the rest stays in the queue; a second signal stops it at
once, which loses nothing either. SIGHUP, and a change of the files, reads configuration and rules again. SIGUSR1 opens files anew.

Exit status: 0 stopped by a signal, or the inputs came to an end; 1 --dry-run found errors; 2 could not start, or the disk failed.`;

/** `tiercel run`: the daemon. */
export function runCommand(): Command {
  return new Command('run')
    .description(
      'Takes alerts of Falco, and delivers them to every place that should have them, losing none.',
    )
    .requiredOption('-c, --config <file>', 'tiercel.yaml, or falco.yaml')
    .option('-o, --option <key=value>', "set a key of Falco's; repeat for several", gather, [])
    .option('--dry-run', 'check the configuration and its rules, and print what would run')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      process.exitCode = await run(flags);
    });
}

async function run({ config: file, option: options, dryRun }: Flags): Promise<number> {
  const { checkRunConfig, describeRun, loadRunConfig } = await loadRunning();
  const sources = { file, options, env: process.env };
  const load = () => loadRunConfig(sources);
  // Rules are loaded when everything else is opened.
  const { config, diagnostics } = dryRun === true ? await checkRunConfig(sources) : load();
  tellOf(...diagnostics);
  if (dryRun === true) {
    if (config === undefined) return configStatus(file, { config, diagnostics });
    process.stdout.write(describeRun(config));
    return EXIT.fine;
  }
  if (config === undefined) return EXIT.couldNotRun;
  return new Running(config, load).exitCode();
}

/** Bad luck of the reader of standard output is the business of the output that writes there. */
function keepStdoutErrors(): void {
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', () => undefined);
}

class Running {
  readonly #config: RunConfig;
  readonly #load: () => RunConfigResult;
  constructor(config: RunConfig, load: () => RunConfigResult) {
    this.#config = config;
    this.#load = load;
  }

  async exitCode(): Promise<number> {
    keepStdoutErrors();
    const { Daemon, loadRunRules, openLog } = await loadRunning();
    const { format, level } = this.#config.own.log;
    const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY);
    const log = openLog((line) => void process.stderr.write(line), isText ? 'text' : 'json', level);
    // A signal while it starts stops it, too.
    let onStop: (signal: string) => void = () => undefined;
    const stopped = new Promise<string>((resolve) => (onStop = resolve));
    const stop = (signal: NodeJS.Signals): void => {
      onStop(signal);
      for (const name of ['SIGTERM', 'SIGINT'] as const) {
        process.off(name, stop);
        process.once(name, () => {
          log.warn('stops at once', { signal: name });
          process.exit(EXIT.fine);
        });
      }
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    // Without a listener, SIGHUP would end the process while it starts, and SIGUSR1 open Node's debugger.
    const running: { daemon?: Daemon } = {};
    process.on('SIGHUP', () => void running.daemon?.reload('SIGHUP'));
    process.on('SIGUSR1', () => void running.daemon?.reopen());
    const host = process.env['FALCO_HOSTNAME'] ?? hostname();
    const daemon = await Daemon.start(this.#config, {
      load: this.#load,
      loadRules: (config, onMissing) => loadRunRules(config, { hostname: host, onMissing }),
      log,
      hostname: host,
      stdin: process.stdin,
    });
    running.daemon = daemon;
    const end = await Promise.race([
      stopped,
      daemon.ended.then(() => 'the inputs came to an end'),
      daemon.failed,
    ]);
    if (typeof end === 'string') log.info('stops', { why: end });
    const failure =
      typeof end === 'string'
        ? await Promise.race([daemon.stop(this.#config.own.shutdown_timeout), daemon.failed])
        : end;
    if (failure === undefined) {
      log.info('stopped');
      return EXIT.fine;
    }
    log.error('the disk failed: nothing is accepted any more', {
      reason: failure.message,
      ...(failure.hint !== undefined && { hint: failure.hint }),
    });
    await daemon.abandon();
    log.info('stopped');
    process.exit(EXIT.couldNotRun);
  }
}

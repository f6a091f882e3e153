import { pino, type Logger } from 'pino';
import type { OutputLog } from '../../outputs/index.ts';
import { LOG_LEVELS } from '../config/own-settings.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of the daemon. */
export interface DaemonLog extends OutputLog {
  /** A log that names an input or an output in each line. @param redact Takes secrets out. */
  for(about: Readonly<Record<string, string>>, redact?: (text: string) => string): OutputLog;
  setLevel(level: LogLevel): void;
}

/**
 * Makes a log that writes lines.
 *
 * @param write Gets whole lines.
 * @param form `json`: one object per line, as pino writes them; `text`: for people.
 */
export function openLog(write: (line: string) => void, form: 'json' | 'text', level: LogLevel): DaemonLog {
  let least = LOG_LEVELS.indexOf(level);
  const isOn = (one: LogLevel): boolean => LOG_LEVELS.indexOf(one) <= least;
  const logger = pino(
    {
      // The level of a child would stay what it was when it was made.
      level: LOG_LEVELS.at(-1)!,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(form === 'json' ? line : textOf(line)) },
  );
  return {
    ...levels(logger, isOn, (text) => text),
    for: (about, redact = (text) => text) => levels(logger.child(about), isOn, redact),
    setLevel: (to) => void (least = LOG_LEVELS.indexOf(to)),
  };
}

function levels(
  logger: Logger,
  isOn: (level: LogLevel) => boolean,
  redact: (text: string) => string,
): OutputLog {
  const at =
    (level: LogLevel): OutputLog['info'] =>
    (message, details = {}) => {
      if (isOn(level)) logger[level](redacted(details, redact), redact(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const redacted = (details: Readonly<Record<string, unknown>>, redact: (text: string) => string): object =>
  Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]),
  );

/** `12:34:56.789 warn  output=slack: alerts were not taken (reason=network)`. */
function textOf(line: string): string {
  const { time, level, msg, input, output, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const about =
    input !== undefined
      ? `input ${String(input)}: `
      : output !== undefined
        ? `output ${String(output)}: `
        : '';
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const shown = details.length > 0 ? ` (${details.join(', ')})` : '';
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${about}${String(msg)}${shown}\n`;
}

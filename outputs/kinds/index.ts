import type { OutputKind } from '../output.ts';
import { alertmanager } from './alertmanager.ts';
import { file } from './file.ts';
import { forward } from './forward.ts';
import { http } from './http.ts';
import { program } from './program.ts';
import { slack } from './slack.ts';
import { smtp } from './smtp.ts';
import { stdout } from './stdout.ts';
import { syslog } from './syslog.ts';
import { websocket } from './websocket.ts';

/** All kinds of outputs: one line each. */
export const KINDS: readonly OutputKind[] = [
  alertmanager,
  file,
  forward,
  http,
  program,
  slack,
  smtp,
  stdout,
  syslog,
  websocket,
];

/** The kind of a name. */
export const kindNamed = (name: string): OutputKind | undefined =>
  KINDS.find(({ kind, aliases = [] }) => kind === name || aliases.includes(name));

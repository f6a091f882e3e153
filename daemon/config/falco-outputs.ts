import { resolve } from 'node:path';
import type { FalcoConfig } from './falco-keys.ts';

/** Settings of an output that stand under a key of Falco's. */
export interface FalcoOutput {
  /** The key, which is the name of the output as well. */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Keys that say something that has no meaning here. */
  readonly passedOver: readonly string[];
}

/** The outputs that are enabled in falco.yaml, as settings of tiercel's outputs. */
export function falcoOutputs(config: FalcoConfig): FalcoOutput[] {
  const { stdout_output: stdout, syslog_output: syslog, file_output: file } = config;
  const { program_output: program, http_output: http } = config;
  const format = config.json_output ? 'json' : 'text';
  const found: FalcoOutput[] = [];
  const add = (
    name: string,
    settings: Readonly<Record<string, unknown>>,
    passedOver: readonly string[] = [],
  ): void => void found.push({ name, settings: { ...settings, name, format }, passedOver });
  if (stdout?.enabled) add('stdout_output', { kind: 'stdout' });
  if (syslog?.enabled) add('syslog_output', { kind: 'syslog' });
  if (file?.enabled)
    add('file_output', {
      kind: 'file',
      // Falco takes it from where it was started.
      path: literal(resolve(file.filename ?? '')),
      ...(file.keep_alive !== undefined && { keep_alive: file.keep_alive }),
    });
  if (program?.enabled)
    add('program_output', {
      kind: 'program',
      program: literal(program.program ?? ''),
      ...(program.keep_alive !== undefined && { keep_alive: program.keep_alive }),
    });
  if (http?.enabled) {
    // Empty is as good as left away.
    const ca = http.ca_bundle || http.ca_cert;
    const passedOver = [
      http.echo && 'echo',
      http.compress_uploads && 'compress_uploads',
      http.ca_path && !ca && http.ca_path !== '/etc/ssl/certs' && 'ca_path',
    ].filter((key) => typeof key === 'string');
    add(
      'http_output',
      {
        kind: 'http',
        url: literal(http.url ?? ''),
        content_type: config.json_output ? 'application/json' : 'text/plain',
        headers: { 'User-Agent': literal(http.user_agent || 'falcosecurity/falco') },
        tls: {
          insecure: http.insecure ?? false,
          ...(ca && { ca: literal(ca) }),
          ...(http.mtls && {
            cert: literal(http.client_cert ?? ''),
            key: literal(http.client_key ?? ''),
          }),
        },
      },
      passedOver.map((key) => `http_output.${key}`),
    );
  }
  return found;
}

/** Falco's references to variables are replaced already: what looks like one now is none. */
const literal = (text: string): string => text.replaceAll('${', () => '$${');

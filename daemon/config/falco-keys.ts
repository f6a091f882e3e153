/**
 * The keys of falco.yaml, as Falco 0.44.1 knows them (config_json_schema.h, configuration.cpp). Every scalar arrives as text, since
 * that is how Falco's YAML library keeps it; each key decodes its own. Unknown keys and values that do not decode are warnings, except where Falco stops.
 */
import * as z from 'zod';

// One small tree is decoded: code that is written for it takes longer than it saves.
z.config({ jitless: true });

const BOOLEANS: Readonly<Record<string, boolean>> = {
  y: true, yes: true, true: true, on: true, n: false, no: false, false: false, off: false,
}; // prettier-ignore

/** A boolean as YAML 1.1 spells it: in lower, Title or UPPER case. */
function yamlBoolean(text: string): boolean | undefined {
  const oneCase = /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/.test(text);
  return oneCase ? BOOLEANS[text.toLowerCase()] : undefined;
}

const text = z.string();
const bool = z.string().transform((value, context) => {
  const decoded = yamlBoolean(value);
  if (decoded !== undefined) return decoded;
  context.addIssue({ code: 'custom', message: `found "${value}", expected true or false` });
  return z.NEVER;
});
const number = z.string().transform((value, context) => {
  const decoded = Number(value);
  if (value.trim() !== '' && Number.isFinite(decoded)) return decoded;
  context.addIssue({ code: 'custom', message: `found "${value}", expected a number` });
  return z.NEVER;
});
const integer = number.refine((value) => Number.isInteger(value), 'expected a whole number');
/** One of several words, in any case. */
const word = <const T extends readonly [string, ...string[]]>(
  words: T,
  aliases: Record<string, T[number]> = {},
) =>
  z.string().transform((value, context): T[number] => {
    const lower = value.toLowerCase();
    const found = words.find((candidate) => candidate === lower) ?? aliases[lower];
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `found "${value}", expected one of ${words.join(', ')}` });
    return z.NEVER;
  });

/** Falco takes a single value for a list of one. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === null ? [] : Array.isArray(value) ? value : [value]), z.array(item));

const output = z.strictObject({ enabled: bool.optional() });

const selection = z
  .strictObject({ rule: text.default(''), tag: text.default('') })
  .refine(({ rule, tag }) => rule !== '' || tag !== '', 'expected a rule or a tag');

/** In an entry that enables and disables, only the former counts. */
const preferEnable = (entry: unknown): unknown =>
  typeof entry === 'object' && entry !== null && 'enable' in entry && 'disable' in entry
    ? { enable: entry.enable }
    : entry;

/** What falco.yaml holds. Keys that say how to watch a live kernel are known and mean nothing here. */
export const falcoKeys = z.strictObject({
  append_output: listOf(
    z.strictObject({
      match: z
        .strictObject({ source: text.optional(), tags: listOf(text).optional(), rule: text.optional() })
        .optional(),
      extra_output: text.optional(),
      extra_fields: listOf(
        z.union([
          text,
          z.record(text, text).refine((map) => Object.keys(map).length === 1, 'expected one key'),
        ]),
      ).optional(),
      suggested_output: bool.optional(),
    }),
  )
    .default([])
    .describe('Text and fields that are added to the output of rules.'),
  static_fields: z
    .record(text, text)
    .default({})
    .describe('Values that rules and outputs have as fields `static.NAME`.'),
  config_files: listOf(z.union([text, z.strictObject({ path: text, strategy: text.optional() })]))
    .default([])
    .describe('Further configuration files or folders, merged into this one.'),
  watch_config_files: bool.default(true),
  plugins_hostinfo: bool.default(true),
  rules_files: listOf(text)
    .default([])
    .describe('Rule files and folders; those that do not exist are passed over.'),
  rules_file: listOf(text).optional().describe('Old name of rules_files.'),
  rules: listOf(
    z.preprocess(
      preferEnable,
      z.union([z.strictObject({ enable: selection }), z.strictObject({ disable: selection })]),
    ),
  )
    .default([])
    .describe('Which rules are on: applied in order, by name (`*` stands for anything) or by tag.'),
  engine: z
    .strictObject({
      kind: text.optional(),
      kmod: z.record(text, text).optional(),
      modern_ebpf: z.record(text, text).optional(),
      replay: z.strictObject({ capture_file: text.optional() }).optional(),
    })
    .optional(),
  capture: z
    .strictObject({
      enabled: bool.default(false),
      path_prefix: text.default('/tmp/falco'),
      mode: word(['rules', 'all_rules']).default('rules'),
      default_duration: integer.default(5000).describe('Milliseconds.'),
      max_file_size_mb: integer.default(0),
    })
    .prefault({})
    .describe(
      'Whether captures are written where rules match: those with `capture: true` (`mode: rules`) or all (`all_rules`), to `path_prefix`, for `default_duration` milliseconds, `max_file_size_mb` at most.',
    ),
  load_plugins: listOf(text).optional(),
  plugins: listOf(
    z.strictObject({
      name: text,
      library_path: text,
      init_config: z.unknown().optional(),
      open_params: z.unknown().optional(),
    }),
  ).optional(),
  time_format_iso_8601: bool
    .default(false)
    .describe('Times as 2026-11-23T12:34:56.123456789+0000 instead of the local time of day.'),
  buffer_format_base64: bool.default(false).describe('Buffers (evt.buffer) in base64.'),
  priority: word(['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'], {
    info: 'informational',
  })
    .default('debug')
    .describe('Rules of a lower priority are not loaded.'),
  json_output: bool.default(false).describe('Alerts as JSON, one per line.'),
  json_include_output_property: bool.default(true).describe('`output` in JSON: the text of the alert.'),
  json_include_message_property: bool
    .default(false)
    .describe('`message` in JSON: the text without time and priority.'),
  json_include_output_fields_property: bool.default(true).describe('`output_fields` in JSON.'),
  json_include_tags_property: bool.default(true).describe('`tags` in JSON.'),
  buffered_outputs: bool.default(false),
  rule_matching: word(['first', 'all'])
    .default('first')
    .describe('Whether an event gives the alert of its first matching rule, or of all.'),
  outputs_queue: z.strictObject({ capacity: integer.optional() }).optional(),
  stdout_output: output.optional().describe('`enabled: false` prints no alerts.'),
  syslog_output: output.optional(),
  file_output: z
    .strictObject({ enabled: bool.optional(), keep_alive: bool.optional(), filename: text.optional() })
    .optional(),
  http_output: z
    .strictObject({
      enabled: bool.optional(),
      url: text.optional(),
      user_agent: text.optional(),
      insecure: bool.optional(),
      ca_cert: text.optional(),
      ca_bundle: text.optional(),
      ca_path: text.optional(),
      mtls: bool.optional(),
      client_cert: text.optional(),
      client_key: text.optional(),
      echo: bool.optional(),
      compress_uploads: bool.optional(),
      keep_alive: bool.optional(),
      max_consecutive_timeouts: integer.optional(),
    }) // prettier-ignore
    .optional(),
  program_output: z
    .strictObject({ enabled: bool.optional(), keep_alive: bool.optional(), program: text.optional() })
    .optional(),
  webserver: z
    .strictObject({
      enabled: bool.optional(),
      threadiness: integer.optional(),
      listen_port: integer.optional(),
      listen_address: text.optional(),
      k8s_healthz_endpoint: text.optional(),
      prometheus_metrics_enabled: bool.optional(),
      ssl_enabled: bool.optional(),
      ssl_certificate: text.optional(),
    }) // prettier-ignore
    .optional(),
  log_stderr: bool.optional(),
  log_syslog: bool.optional(),
  log_level: text.optional(),
  libs_logger: z.strictObject({ enabled: bool.optional(), severity: text.optional() }).optional(),
  output_timeout: integer.optional(),
  syscall_event_timeouts: z.strictObject({ max_consecutives: integer.optional() }).optional(),
  syscall_event_drops: z
    .strictObject({
      threshold: number.optional(),
      actions: listOf(text).optional(),
      rate: number.optional(),
      max_burst: number.optional(),
      simulate_drops: bool.optional(),
    }) // prettier-ignore
    .optional(),
  metrics: z
    .strictObject({
      enabled: bool.optional(),
      interval: text.optional(),
      output_rule: bool.optional(),
      output_file: text.optional(),
      rules_counters_enabled: bool.optional(),
      resource_utilization_enabled: bool.optional(),
      state_counters_enabled: bool.optional(),
      kernel_event_counters_enabled: bool.optional(),
      kernel_event_counters_per_cpu_enabled: bool.optional(),
      libbpf_stats_enabled: bool.optional(),
      plugins_metrics_enabled: bool.optional(),
      kernel_iter_event_counters_enabled: bool.optional(),
      convert_memory_to_mb: bool.optional(),
      include_empty_values: bool.optional(),
      jemalloc_stats_enabled: bool.optional(),
    }) // prettier-ignore
    .optional(),
  base_syscalls: z
    .strictObject({ all: bool.optional(), custom_set: listOf(text).optional(), repair: bool.optional() })
    .optional(),
  falco_libs: z
    .strictObject({
      thread_table_size: integer
        .default(262144)
        .describe('How many threads are remembered at most while events are captured live.'),
      thread_table_auto_purging_interval_s: integer.default(300),
      thread_table_auto_purging_thread_timeout_s: integer.default(300),
      snaplen: integer.default(80),
    })
    .prefault({}),
  container_engines: z.record(text, z.unknown()).optional(),
});

/** The decoded falco.yaml, in Falco's own words. */
export type FalcoConfig = z.infer<typeof falcoKeys>;

/** Keys where a value that does not decode stops Falco instead of giving way to the default. */
export const STRICT_KEYS: ReadonlySet<string> = new Set([
  'priority',
  'rule_matching',
  'rules',
  'append_output',
  'capture',
]);

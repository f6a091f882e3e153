/** Messages of syslog (RFC 5424, RFC 3164, and what syslog(3) writes to the local socket) and of CEF (ArcSight's Common Event Format). */
import { hostname as ownHostname } from 'node:os';
import { PRIORITIES, type Priority } from '../engine/index.ts';
import type { RoutedAlert } from './alert.ts';
import { valueText } from './template.ts';

/** Numbers of facilities (RFC 5424, 6.2.1), by the names of syslog.conf. */
export const FACILITIES = {
  kern: 0, user: 1, mail: 2, daemon: 3, auth: 4, syslog: 5, lpr: 6, news: 7, uucp: 8, cron: 9, authpriv: 10, ftp: 11,
  local0: 16, local1: 17, local2: 18, local3: 19, local4: 20, local5: 21, local6: 22, local7: 23,
} as const; // prettier-ignore

/** How alerts become messages. */
export interface SyslogForm {
  readonly protocol: 'rfc5424' | 'rfc3164' | 'local';
  readonly facility: keyof typeof FACILITIES;
  readonly app_name: string;
  readonly cef: boolean;
  readonly structured_data: boolean;
}

/** An alert as a message of syslog, without what frames it. */
export function syslogMessage(alert: RoutedAlert, text: () => string, form: SyslogForm): string {
  const priority = FACILITIES[form.facility] * 8 + PRIORITIES.indexOf(alert.priority);
  // A template may have line ends of its own, which end a message for many servers.
  const message = form.cef ? cefMessage(alert) : text().replace(/[\r\n]+/g, ' ');
  const host = printable(alert.hostname || ownHostname(), 255);
  switch (form.protocol) {
    case 'rfc5424': {
      const data = form.structured_data ? structuredData(alert) : '-';
      return `<${priority}>1 ${microseconds(alert)} ${host} ${form.app_name} - alert ${data} ${message}`;
    }
    case 'rfc3164':
      return `<${priority}>${oldTime(alert)} ${host} ${form.app_name}: ${message}`;
    case 'local':
      return `<${priority}>${oldTime(alert)} ${form.app_name}: ${message}`;
  }
}

/** RFC 5424 allows six digits behind the seconds, and neither small letters nor offsets without a colon. */
function microseconds({ time }: RoutedAlert): string {
  return time
    .toUpperCase()
    .replace(' ', 'T')
    .replace(/(\.\d{6})\d+/, '$1')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Jan  1 12:34:56`: local, without a year. */
function oldTime({ time, received }: RoutedAlert): string {
  const parsed = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  const at = new Date(Number.isNaN(parsed) ? received : parsed);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock}`;
}

/** PRINTUSASCII of RFC 5424: what is none becomes `_`. */
const printable = (text: string, most: number): string => text.replace(/[^!-~]/g, '_').slice(0, most) || '-';

/** The enterprise number is the one for documentation (RFC 5612): nobody else's. */
const SD_ID = 'falco@32473';

function structuredData({ id, rule, source, tags }: RoutedAlert): string {
  const parameters = { id, rule, source, tags: tags.join(',') };
  const written = Object.entries(parameters).map(([name, value]) => ` ${name}="${sdValue(value)}"`);
  return `[${SD_ID}${written.join('')}]`;
}

/** RFC 5424, 6.3.3: the quote, the backslash and the closing bracket are escaped; a line end would end the message of some servers. */
const sdValue = (value: string): string => value.replace(/["\\\]]/g, '\\$&').replace(/\p{Cc}/gu, ' ');

const CEF_SEVERITY: Readonly<Record<Priority, number>> = {
  Emergency: 10,
  Alert: 9,
  Critical: 8,
  Error: 7,
  Warning: 6,
  Notice: 4,
  Informational: 2,
  Debug: 1,
};

/** Keys of CEF's dictionary that mean what fields mean. */
const CEF_KEYS: Readonly<Record<string, string>> = {
  'user.name': 'suser',
  'user.uid': 'suid',
  'proc.name': 'sproc',
  'proc.pid': 'spid',
  'fd.sip': 'dst',
  'fd.sport': 'dpt',
  'fd.cip': 'src',
  'fd.cport': 'spt',
  'fd.l4proto': 'proto',
};

/** `CEF:0|Falco|Falco|…`: everything that the alert says; fields under the keys of CEF's dictionary or their own names. */
export function cefMessage(alert: RoutedAlert): string {
  const { id, rule, priority, source, hostname, tags, output, time, fields } = alert;
  const header = ['Falco', 'Falco', '1', rule || 'alert', rule || 'alert'].map(cefHeader).join('|');
  const ms = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  const extension: Record<string, string> = {
    ...(!Number.isNaN(ms) && { rt: String(ms) }),
    externalId: id,
    cat: source,
    ...(hostname !== '' && { dvchost: hostname }),
    ...(output !== '' && { msg: output }),
    ...(tags.length > 0 && { cs1Label: 'tags', cs1: tags.join(',') }),
  };
  for (const [name, value] of fields)
    if (value !== null) extension[CEF_KEYS[name] ?? cefKey(name)] = valueText(value);
  const written = Object.entries(extension).map(([key, value]) => `${key}=${cefValue(value)}`);
  return `CEF:0|${header}|${CEF_SEVERITY[priority]}|${written.join(' ')}`;
}

const cefHeader = (value: string): string => value.replace(/[\\|]/g, '\\$&').replace(/\p{Cc}/gu, ' ');

const cefValue = (value: string): string =>
  value
    .replace(/[\\=]/g, '\\$&')
    .replace(/\r\n|[\r\n]/g, '\\n')
    .replace(/\p{Cc}/gu, ' ');

/** Letters, digits and `_`; keys of the dictionary begin with a small letter, these with a capital one. */
function cefKey(field: string): string {
  const key = field.replace(/\W+/g, '_').replace(/^_+|_+$/g, '');
  return `${key.slice(0, 1).toUpperCase()}${key.slice(1)}` || 'Field';
}

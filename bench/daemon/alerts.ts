/** Alerts of the size that Falco's have, each with a number of its own, so that its way can be followed. */

/** Numbers have ten digits. */
const FIRST = 1_000_000_000;
const MARK = 'evt.num":';

const FIELDS = {
  'container.id': 'host',
  'container.name': 'host',
  'evt.num': FIRST,
  'evt.time': 1769862896123456789n,
  'evt.type': 'openat',
  'fd.name': '/etc/shadow',
  'proc.aname[2]': 'systemd',
  'proc.cmdline': 'cat /etc/shadow',
  'proc.exepath': '/usr/bin/cat',
  'proc.name': 'cat',
  'proc.pname': 'bash',
  'proc.tty': 34816,
  'user.loginuid': -1,
  'user.name': 'root',
  'user.uid': 0,
};
const OUTPUT =
  '12:34:56.123456789: Warning Sensitive file opened for reading by non-trusted program | file=/etc/shadow gparent=systemd evt_type=openat user=root user_uid=0 process=cat command=cat /etc/shadow container_id=host';
const RULE = 'Read sensitive file untrusted';
const TIME = '2026-01-31T12:34:56.123456789Z';

/** An alert as Falco prints it. */
const FALCO = `{"hostname":"node-1","output":${JSON.stringify(OUTPUT)},"output_fields":{${Object.entries(
  FIELDS,
)
  .map(([key, value]) => `"${key}":${typeof value === 'string' ? JSON.stringify(value) : String(value)}`)
  .join(
    ',',
  )}},"priority":"Warning","rule":"${RULE}","source":"syscall","tags":["container","filesystem","mitre_credential_access"],"time":"${TIME}"}`;

/** The same as Alertmanager takes it, with the fields as labels: what falcosidekick makes of it. */
const ALERTMANAGER = JSON.stringify({
  labels: {
    ...Object.fromEntries(
      Object.entries(FIELDS).map(([key, value]) => [
        key === 'evt.num' ? key : key.replaceAll(/\W/g, '_'),
        String(value),
      ]),
    ),
    alertname: RULE,
    priority: 'Warning',
    source: 'syscall',
    hostname: 'node-1',
  },
  annotations: { info: OUTPUT, summary: RULE },
}).replace(`"evt.num":"${FIRST}"`, `"evt_num":"${FIRST}"`);

/** Who the alerts are for. */
export type AlertForm = 'falco' | 'alertmanager';

/** Makes requests that bring alerts. */
export class AlertRequests {
  readonly #head: string;
  readonly #template: Buffer;
  readonly #places: readonly number[];
  /** @param perRequest Alerts in each. */
  constructor(form: AlertForm, perRequest: number) {
    const one = form === 'falco' ? FALCO : ALERTMANAGER;
    const alerts = Array<string>(perRequest).fill(one);
    const body =
      form === 'falco' && perRequest === 1
        ? one
        : form === 'falco'
          ? alerts.join('\n')
          : `[${alerts.join(',')}]`;
    this.#head = `POST ${form === 'falco' ? '/' : '/api/v2/alerts'} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    this.#template = Buffer.from(this.#head + body);
    this.#places = [...(this.#head + body).matchAll(new RegExp(String(FIRST), 'g'))].map(
      ({ index }) => index,
    );
  }

  /** Bytes of one request without its headers. */
  get bodyBytes(): number {
    return this.#template.length - this.#head.length;
  }

  /** The request with alerts from `number` on. */
  make(number: number): Buffer {
    const request = Buffer.from(this.#template);
    for (const [index, place] of this.#places.entries())
      request.write(String(FIRST + number + index), place, 'latin1');
    return request;
  }
}

/** The numbers of the alerts in a text. */
export function* numbersIn(text: string): Iterable<number> {
  for (let at = text.indexOf('evt'); at !== -1; at = text.indexOf('evt', at + 3)) {
    if (text[at + 4] !== 'n' || !text.startsWith('num":', at + 4)) continue;
    const start = at + MARK.length + (text[at + MARK.length] === '"' ? 1 : 0);
    yield Number(text.slice(start, start + 10)) - FIRST;
  }
}

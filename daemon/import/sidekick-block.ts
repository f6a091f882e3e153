import type { Setting, SidekickSettings } from './sidekick-settings.ts';

/** Something that the new configuration lacks, or has otherwise. */
export interface Remark {
  /** The key of falcosidekick. */
  readonly key: string;
  readonly text: string;
}

/** A text in tiercel.yaml: there `${` begins a reference. */
export const literal = (text: string): string => text.replaceAll('${', () => '$${');

/** A text in a template: there `%` begins a field. */
export const templateText = (text: string): string => text.replaceAll('%', '%%');

/** A secret: one that came from the environment stays there. */
const secretOf = ({ text, env }: Setting): string => (env === undefined ? literal(text) : `\${env:${env}}`);

/** The settings of one output of falcosidekick, and what is to be said of them. */
export class SidekickBlock {
  readonly left: Remark[] = [];
  readonly notes: Remark[] = [];
  readonly name: string;
  readonly #settings: SidekickSettings;

  constructor(name: string, settings: SidekickSettings) {
    this.name = name;
    this.#settings = settings;
  }

  text(key: string): string | undefined {
    const text = this.#settings.text(this.#path(key));
    return text === undefined ? undefined : literal(text);
  }

  secret(key: string): string | undefined {
    const setting = this.#settings.read(this.#path(key));
    return setting && secretOf(setting);
  }

  flag(key: string): boolean | undefined {
    return this.#settings.flag(this.#path(key));
  }

  number(key: string): number | undefined {
    const text = this.#settings.text(this.#path(key));
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  list(key: string): readonly string[] {
    return this.#settings.list(this.#path(key)).map(literal);
  }

  map(key: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#settings.map(this.#path(key))].map(([name, { text }]) => [name, literal(text)]),
    );
  }

  read(key: string): Setting | undefined {
    return this.#settings.read(this.#path(key));
  }

  /** Headers: of one variable of the environment that holds several, each gets a variable of its own. */
  headers(): Readonly<Record<string, string>> {
    const key = 'customheaders';
    return Object.fromEntries(
      [...this.#settings.map(this.#path(key))].map(([name, { text, env }]) => {
        if (env === undefined) return [name, literal(text)];
        const variable = `${env}_${name.toUpperCase().replaceAll(/\W/g, '_')}`;
        this.lack(
          key,
          `set ${variable} to the value of the header ${name}: here each has a variable of its own`,
        );
        return [name, `\${env:${variable}}`];
      }),
    );
  }

  /** Says that something is left to do. */
  lack(key: string, text: string): void {
    this.left.push({ key: this.#path(key), text });
  }

  /** Says that a setting has no counterpart, if it is set, and not to what falcosidekick does anyway. */
  leave(key: string, why: string, ordinary: readonly string[] = []): void {
    const text = this.#settings.text(this.#path(key));
    const isSet = text !== undefined || this.#settings.map(this.#path(key)).size > 0;
    if (isSet && (text === undefined || !ordinary.includes(text.toLowerCase()))) this.lack(key, why);
  }

  note(key: string, text: string): void {
    this.notes.push({ key: this.#path(key), text });
  }

  /** Settings that all outputs over TLS have. */
  tls(): { tls?: Record<string, unknown> } {
    const tls: Record<string, unknown> = {};
    if (this.flag('mutualtls') === true) {
      const folder = this.#settings.text('mutualtlsfilespath') ?? '/etc/certs';
      const file = (key: string, name: string): string =>
        literal(this.#settings.text(`mutualtlsclient.${key}`) ?? `${folder}/${name}`);
      tls['cert'] = file('certfile', 'client.crt');
      tls['key'] = file('keyfile', 'client.key');
      tls['ca'] = file('cacertfile', 'ca.crt');
    } else if (this.flag('checkcert') === false) tls['insecure'] = true;
    const ca = this.#settings.text('tlsclient.cacertfile');
    if (ca !== undefined && tls['ca'] === undefined && tls['insecure'] === undefined) tls['ca'] = literal(ca);
    return Object.keys(tls).length === 0 ? {} : { tls };
  }

  /** How many calls run at the same time. */
  concurrency(): { concurrency?: number } {
    const most = this.number('maxconcurrentrequests') ?? 1;
    return most > 1 ? { concurrency: Math.min(most, 256) } : {};
  }

  #path(key: string): string {
    return `${this.name}.${key}`;
  }
}

/** What was promised to a sender, and what became of it. */
import { expect } from 'chai';
import * as http from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { tiercel } from '../tiercel.ts';
import { alertJson } from '../run-process.ts';

/** What a request was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** One request; rejects if there is no answer. */
export function request(
  address: string,
  body?: string | Buffer,
  options: http.RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      address,
      { method: body === undefined ? 'GET' : 'POST', ...options },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface LoadOptions {
  /** Rules are called by this and a number. */
  readonly prefix?: string;
  /** More of each alert. */
  readonly more?: object;
  /** Requests at the same time. */
  readonly width?: number;
}

/** Sends alerts as fast as they are taken, each with a rule of its own, and writes down the rules of those that were acknowledged (200): those, and no others. */
export class Load {
  readonly acknowledged: string[] = [];
  /** How often each other answer came; `none`: the connection was refused, or broke. */
  readonly refusals = new Map<string, number>();
  /** Called with each answer that is no 200. */
  onRefusal: (answer: Answer) => void = () => undefined;
  #sent = 0;
  #stopped = false;
  readonly #senders: Promise<void>[];
  readonly #agent = new http.Agent({ keepAlive: true });
  #waiting: (() => void)[] = [];

  constructor(address: () => string, { prefix = 'rule', more, width = 4 }: LoadOptions = {}) {
    this.#senders = Array.from({ length: width }, async () => {
      while (!this.#stopped) {
        const rule = `${prefix} ${++this.#sent}`;
        try {
          const answer = await request(address(), alertJson(rule, more), { agent: this.#agent });
          if (answer.status === 200) this.acknowledged.push(rule);
          else await this.#refused(String(answer.status), answer);
        } catch {
          await this.#refused('none');
        }
        for (const resolve of this.#waiting.splice(0)) resolve();
      }
    });
  }

  async #refused(what: string, answer?: Answer): Promise<void> {
    this.refusals.set(what, (this.refusals.get(what) ?? 0) + 1);
    if (answer !== undefined) this.onRefusal(answer);
    // Whoever is refused does not come again at once.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Resolves when so many more were acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    await this.until(() => this.acknowledged.length >= wanted);
  }

  /** Resolves when this holds; looked at with each answer. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#senders);
    this.#agent.destroy();
  }
}

/** The books of one output. */
export interface Account {
  readonly accepted: number;
  readonly pending: number;
  readonly dead: number;
  readonly delivered: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** The books of all outputs, as `tiercel queue stats` has them. */
export function accounts(config: string): ReadonlyMap<string, Account> {
  const { stdout, stderr } = tiercel('queue', 'stats', '-c', config, '--json');
  if (stdout === '') throw new Error(stderr);
  const { outputs } = JSON.parse(stdout) as { outputs: (Account & { readonly output: string })[] };
  return new Map(outputs.map((account) => [account.output, account]));
}

/** Rules of the alerts in a file that an output wrote. Each line is an alert: a torn one fails. */
export function rulesIn(file: string): string[] {
  if (!existsSync(file)) return [];
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      // What follows the last line end is nothing, or a line that is being written.
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { rule: string }).rule)
  );
}

/** The rules that tiercel's own alerts do not have. */
export const ofOthers = (rules: readonly string[]): string[] =>
  rules.filter((rule) => !rule.startsWith('tiercel '));

/** Fails if one of the alerts that were acknowledged is not among those that are accounted for. */
export function expectAll(
  acknowledged: readonly string[],
  ...accounted: readonly (readonly string[])[]
): void {
  const known = new Set(accounted.flat());
  const lost = acknowledged.filter((rule) => !known.has(rule));
  expect(acknowledged, 'the test is worth something').to.have.length.above(0);
  expect(lost, `lost of ${acknowledged.length}`).to.deep.equal([]);
}

/** Fails if the books do not add up. */
export function expectBalanced(account: Account): void {
  const { accepted, pending, dead, delivered, dropped } = account;
  const droppedInAll = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(pending + dead + delivered + droppedInAll, JSON.stringify(account)).to.equal(accepted);
}

/** Resolves when this holds; for what cannot be waited for otherwise. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

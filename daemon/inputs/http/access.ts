import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** Who may send alerts. */
export interface AccessSettings {
  readonly token?: string | undefined;
  readonly hmac_secret?: string | undefined;
  /** In small letters. */
  readonly hmac_header: string;
}

/** Checks the token and the signature of requests. No answer tells more than which of them is wrong, and none of them ever stands in a message. */
export class Access {
  readonly #token: Buffer | undefined;
  readonly #secret: string | undefined;
  readonly #header: string;

  constructor({ token, hmac_secret: secret, hmac_header: header }: AccessSettings) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#secret = secret;
    this.#header = header;
  }

  /** Throws a `Refusal` if the request does not carry the token. */
  checkToken({ headers: { authorization } }: IncomingMessage): void {
    if (this.#token === undefined) return;
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    // Digests, so that the time of the comparison tells nothing of the length either.
    if (given !== undefined && timingSafeEqual(digest(given), this.#token)) return;
    const message = given === undefined ? 'a bearer token is needed' : 'the bearer token is wrong';
    throw new Refusal(401, message, {}, { 'www-authenticate': 'Bearer' });
  }

  /** Throws a `Refusal` if the body, as it was sent, does not carry its signature: hexadecimal digits, with or without `sha256=` before them. */
  checkSignature({ headers }: IncomingMessage, body: Buffer): void {
    if (this.#secret === undefined) return;
    const given = headers[this.#header];
    const [, digits] = (typeof given === 'string' && /^(?:sha256=)?([0-9a-f]{64})$/i.exec(given)) || [];
    if (digits === undefined)
      throw new Refusal(401, `the header ${this.#header} with the HMAC-SHA256 of the body is needed`);
    const expected = createHmac('sha256', this.#secret).update(body).digest();
    if (!timingSafeEqual(Buffer.from(digits, 'hex'), expected))
      throw new Refusal(401, `the signature in ${this.#header} is not that of the body`);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

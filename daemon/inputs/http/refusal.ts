import type { ServerResponse } from 'node:http';

/** Why a request is not answered with 200. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** More for the one who sent it; in the answer's JSON. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.details = details;
    this.headers = headers;
  }
}

/** Answers with the reason as JSON. What was not read of the request is read and dropped by Node.js, so that the answer arrives. */
export function refuse(response: ServerResponse, { status, message, details, headers }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const id = response.getHeader('x-request-id');
  const body = `${JSON.stringify({ error: message, ...details, ...(id !== undefined && { request_id: id }) })}\n`;
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

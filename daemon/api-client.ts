/** Talks to the process that runs on a `data_dir`, through its socket there. */
import * as http from 'node:http';
import { join } from 'node:path';
import { DiagnosticError } from '../engine/index.ts';
import { API_SOCKET } from './run/daemon.ts';

/** The API of a process. */
export class ApiClient {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Undefined if no process runs on the folder. */
  static async at(folder: string): Promise<ApiClient | undefined> {
    const client = new ApiClient(join(folder, API_SOCKET));
    try {
      await client.#request('GET', '/healthz', '');
      return client;
    } catch {
      return undefined;
    }
  }

  /** What the API answers. Throws a `DiagnosticError` with what it refuses. */
  async ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.#request(
      method,
      path,
      body === undefined ? '' : JSON.stringify(body),
    );
    const answer: unknown = JSON.parse(text);
    if (status === 200) return answer;
    const { error, hint } = answer as { readonly error?: unknown; readonly hint?: string };
    throw new DiagnosticError({
      code: 'API_REFUSED',
      severity: 'error',
      message: `the running process says: ${String(error)}`,
      ...(hint !== undefined && { hint }),
    });
  }

  #request(
    method: string,
    path: string,
    body: string,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-length': Buffer.byteLength(body) };
      const sent = http.request({ socketPath: this.#socket, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

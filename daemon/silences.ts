/** Silences of a running process, for commands. */
import { DiagnosticError } from '../engine/index.ts';
import { ApiClient } from './api-client.ts';

/** A silence as the API tells of it. */
export interface ToldSilence {
  readonly id: string;
  /** `settings`: it stands in the configuration; `api`: someone added it while it ran. */
  readonly from: 'settings' | 'api';
  readonly in_force: boolean;
  readonly match?: string;
  readonly starts?: string;
  readonly until?: string;
  readonly comment?: string;
  readonly author?: string;
}

/** A silence to add. Times are RFC 3339. */
export type NewSilence = Pick<ToldSilence, 'match' | 'starts' | 'until' | 'comment' | 'author'> & {
  readonly id?: string;
};

/** The silences of a process that runs. */
export interface Silences {
  list(): Promise<readonly ToldSilence[]>;
  /** Resolves with it when it is on disk. Throws a `DiagnosticError` if something is wrong with it. */
  add(silence: NewSilence): Promise<{ readonly silence: ToldSilence; readonly warnings: readonly string[] }>;
  /** False if no silence that was added has this id. */
  end(id: string): Promise<boolean>;
}

/** Throws a `DiagnosticError` if no process runs on the folder. */
export async function silencesOf(folder: string): Promise<Silences> {
  const client = await ApiClient.at(folder);
  if (client === undefined)
    throw new DiagnosticError({
      code: 'API_NOT_RUNNING',
      severity: 'error',
      message: `no tiercel runs on ${folder}`,
      hint: 'silences that are to hold from the start stand under `silences` in the configuration',
    });
  return {
    list: async () =>
      ((await client.ask('GET', '/silences')) as { silences: readonly ToldSilence[] }).silences,
    add: (silence) => client.ask('POST', '/silences/add', silence) as ReturnType<Silences['add']>,
    end: async (id) => ((await client.ask('POST', '/silences/end', { id })) as { ended: boolean }).ended,
  };
}

/** Silences that are added and ended while tiercel runs. What routes remember of them is in the queue. */
import { silenceId, type Silence, type SilenceOrigin } from '../../outputs/index.ts';
import type { ApiSilences } from '../api.ts';
import type { ToldSilence } from '../silences.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { DaemonLog } from './log.ts';

/** The silences of the routes that a dispatcher asks. */
export function runningSilences(dispatcher: Dispatcher, log: DaemonLog): ApiSilences {
  const list = (): readonly ToldSilence[] =>
    dispatcher.router.silences(Date.now()).map(({ from, silence, inForce }) => told(from, silence, inForce));
  return {
    list,
    add: async (settings) => {
      if ((settings.until ?? Infinity) <= Date.now()) return { silence: undefined, problems: [OVER] };
      const id = silenceId(settings);
      const problems = await dispatcher.change((router) => router.silence(settings, Date.now()));
      const silence = list().find((one) => one.id === id && one.from === 'api');
      if (silence === undefined || problems.some(({ severity }) => severity === 'error'))
        return { silence: undefined, problems };
      log.info('silenced', { ...silence });
      return { silence, problems };
    },
    end: async (id) => {
      const ended = await dispatcher.change((router) => router.unsilence(id, Date.now()));
      if (ended) log.info('no longer silenced', { id });
      return ended;
    },
  };
}

const OVER = { path: ['until'], severity: 'error', message: 'this is over already' } as const;

function told(from: SilenceOrigin, { id, settings }: Silence, inForce: boolean): ToldSilence {
  const { match, starts, until, comment, author } = settings;
  return {
    id,
    from,
    in_force: inForce,
    ...(match !== undefined && { match }),
    ...(starts !== undefined && { starts: new Date(starts).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
    ...(comment !== undefined && { comment }),
    ...(author !== undefined && { author }),
  };
}

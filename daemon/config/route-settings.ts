import type {
  ConfiguredOutput,
  RouteSettings,
  RoutingSettings,
  SettingProblem,
} from '../../outputs/index.ts';
import type { Path } from './places.ts';

/** What routes set for outputs (`settings`) must be something that one of the outputs they reach lets routes set. */
export const routeSettingProblems = (
  { routes, default: names }: Pick<RoutingSettings, 'routes' | 'default'>,
  outputs: readonly ConfiguredOutput[],
): SettingProblem[] => problemsBelow(routes, ['routes'], names ?? outputs.map(({ name }) => name), outputs);

function problemsBelow(
  routes: readonly RouteSettings[],
  path: Path,
  above: readonly string[],
  outputs: readonly ConfiguredOutput[],
): SettingProblem[] {
  return routes.flatMap((route, i) => {
    const at = [...path, i];
    const names = route.outputs ?? above;
    const below = (route.routes ?? []).flatMap((child) => child.outputs ?? []);
    const reached = outputs.filter(({ name }) => names.includes(name) || below.includes(name));
    const known = reached.flatMap(({ kind }) => kind.perRoute ?? []);
    const unknown = Object.keys(route.settings ?? {}).filter((key) => !known.includes(key));
    return [
      ...unknown.map((key) => ({
        path: [...at, 'settings', key],
        message: `none of the outputs of this route lets routes set ${key}`,
        ...(known.length > 0 && { hint: `what they let is ${known.join(', ')}` }),
      })),
      ...problemsBelow(route.routes ?? [], [...at, 'routes'], names, outputs),
    ];
  });
}

import { hostname } from 'node:os';
import { composeAlert, type AlertOrigin, type RoutedAlert } from '../../../outputs/index.ts';

/** The alert that a request to `/test` stands for: what falcosidekick makes there, in our name. */
export function testAlert(origin: AlertOrigin): RoutedAlert {
  const time = new Date(origin.received).toISOString();
  return composeAlert(
    {
      rule: 'Test rule',
      priority: 'Debug',
      source: 'internal',
      hostname: hostname(),
      time,
      tags: ['example', 'test'],
      output: `${time.slice(11, -1)}: Debug This is a test from tiercel`,
      fields: new Map([
        ['proc.name', 'tiercel'],
        ['user.name', 'tiercel'],
      ]),
    },
    origin,
  );
}

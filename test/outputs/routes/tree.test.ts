import { expect } from 'chai';
import type { RoutedAlert } from '../../../outputs/alert.ts';
import { alert, NOON, routerOf, shortly } from './routing.ts';

interface Case {
  readonly title: string;
  readonly routes: string;
  readonly alerts: readonly (readonly [RoutedAlert, readonly string[]])[];
}

const warning = alert({ priority: 'Warning', 'k8s.ns.name': 'prod' });
const notice = alert({ priority: 'Notice', 'k8s.ns.name': 'dev' });
const critical = alert({ priority: 'Critical', 'k8s.ns.name': 'prod', tags: ['network'] });

const cases: readonly Case[] = [
  {
    title: 'no routes: the default takes all',
    routes: 'default: [d]',
    alerts: [[warning, ['d']]],
  },
  {
    title: 'no routes and no default: every output',
    routes: '{}',
    alerts: [[warning, ['a', 'b', 'c', 'd']]],
  },
  {
    title: 'the first route that matches takes the alert',
    routes: `
routes:
  - {match: priority >= critical, outputs: [a]}
  - {match: priority >= warning, outputs: [b]}
  - {match: priority >= notice, outputs: [c]}
default: [d]`,
    alerts: [
      [critical, ['a']],
      [warning, ['b']],
      [notice, ['c']],
      [alert({ priority: 'Debug' }), ['d']],
    ],
  },
  {
    title: 'the order of siblings decides, not how narrow they are',
    routes: `
routes:
  - {match: priority >= notice, outputs: [c]}
  - {match: priority >= critical, outputs: [a]}
default: [d]`,
    alerts: [[critical, ['c']]],
  },
  {
    title: 'continue goes on with the next',
    routes: `
routes:
  - {match: priority >= warning, outputs: [a], continue: true}
  - {match: k8s.ns.name = prod, outputs: [b]}
  - {outputs: [c]}
default: [d]`,
    alerts: [
      [warning, ['a', 'b']],
      [notice, ['c']],
    ],
  },
  {
    title: 'what a route with continue took does not go to the default as well',
    routes: `
routes:
  - {match: priority >= warning, outputs: [a], continue: true}
default: [d]`,
    alerts: [
      [warning, ['a']],
      [notice, ['d']],
    ],
  },
  {
    title: "a child's outputs replace the parent's",
    routes: `
routes:
  - match: k8s.ns.name = prod
    outputs: [a]
    routes:
      - {match: priority >= critical, outputs: [b, c]}
default: [d]`,
    alerts: [
      [critical, ['b', 'c']],
      [warning, ['a']],
      [notice, ['d']],
    ],
  },
  {
    title: 'a child without outputs has those of its parent',
    routes: `
routes:
  - match: k8s.ns.name = prod
    outputs: [a]
    routes:
      - {match: priority >= critical}
default: [d]`,
    alerts: [[critical, ['a']]],
  },
  {
    title: 'a route without outputs has the default',
    routes: `
routes:
  - {match: k8s.ns.name = prod}
default: [d]`,
    alerts: [[critical, ['d']]],
  },
  {
    title: 'an empty list is nowhere, and is told',
    routes: `
routes:
  - {match: k8s.ns.name = dev, outputs: []}
default: [d]`,
    alerts: [
      [notice, ['outputs']],
      [warning, ['d']],
    ],
  },
  {
    title: 'children with continue, all of them that match',
    routes: `
routes:
  - outputs: [d]
    routes:
      - {match: priority >= warning, outputs: [a], continue: true}
      - {match: tags intersects (network), outputs: [b], continue: true}
      - {match: priority = emergency, outputs: [c]}`,
    alerts: [
      [critical, ['a', 'b']],
      [warning, ['a']],
      [notice, ['d']],
    ],
  },
  {
    title: 'continue of a parent counts when a child took the alert, too',
    routes: `
routes:
  - match: priority >= warning
    continue: true
    outputs: [d]
    routes:
      - {match: k8s.ns.name = prod, outputs: [a]}
  - {outputs: [b]}`,
    alerts: [
      [warning, ['a', 'b']],
      [notice, ['b']],
    ],
  },
  {
    title: 'an output gets an alert once',
    routes: `
routes:
  - {match: priority >= warning, outputs: [a, b], continue: true}
  - {outputs: [b, c]}`,
    alerts: [[warning, ['a', 'b', 'c', 'once']]],
  },
  {
    title: 'but twice if a route sets something else there',
    routes: `
routes:
  - {outputs: [a], settings: {channel: '#x'}, continue: true}
  - {outputs: [a], settings: {channel: '#y'}, continue: true}
  - {outputs: [a], settings: {channel: '#x'}}`,
    alerts: [[warning, ['a', 'a', 'once']]],
  },
  {
    title: 'what set changes is seen by children, not by siblings',
    routes: `
routes:
  - match: k8s.ns.name = dev
    continue: true
    set: {priority: debug, tags: [quiet]}
    outputs: [d]
    routes:
      - {match: priority = debug and tags in (quiet), outputs: [a]}
  - {match: priority = debug, outputs: [b]}
  - {match: priority = notice, outputs: [c]}`,
    alerts: [[notice, ['a', 'c']]],
  },
];

describe('routes', () => {
  for (const { title, routes, alerts } of cases)
    it(title, () => {
      const router = routerOf(routes, { outputs: ['a', 'b', 'c', 'd'] });
      for (const [one, expected] of alerts) expect(shortly(router.route(one, NOON))).to.deep.equal(expected);
    });

  it('says in deliveries what routes set, nearest first', () => {
    const router = routerOf(`
routes:
  - name: prod
    template: '%rule'
    format: json
    settings: {channel: '#a', user: x}
    outputs: [a]
    routes:
      - {match: priority >= critical, template: '%priority', settings: {channel: '#b'}}
`);
    const infoOf = (one: RoutedAlert) => router.route(one, NOON).entries[0]?.deliveries[0]?.route;
    expect(infoOf(warning)).to.deep.equal({
      route: 'routes[0] prod',
      template: '%rule',
      format: 'json',
      settings: { channel: '#a', user: 'x' },
    });
    expect(infoOf(critical)).to.deep.equal({
      route: 'routes[0].routes[0]',
      template: '%priority',
      format: 'json',
      settings: { channel: '#b', user: 'x' },
    });
  });

  it('sets tags, fields and text, and keeps the id', () => {
    const router = routerOf(`
routes:
  - set:
      priority: CRITICAL
      tags: [b, a]
      remove_tags: [network]
      fields: {team: sec, where: '%k8s.ns.name on %hostname'}
      output: '%rule: %output'
    outputs: [a]
`);
    const one = alert({ tags: ['network', 'z'], output: 'text', 'k8s.ns.name': 'prod' });
    const [entry] = router.route(one, NOON).entries;
    const { id, priority, tags, fields, output, json } = entry!.alert;
    expect(id).to.equal(one.id);
    expect([priority, tags, output]).to.deep.equal(['Critical', ['a', 'b', 'z'], 'R: text']);
    expect(Object.fromEntries(fields)).to.deep.equal({
      'k8s.ns.name': 'prod',
      team: 'sec',
      where: 'prod on h',
    });
    expect(JSON.parse(json)).to.deep.include({
      priority: 'Critical',
      tags: ['a', 'b', 'z'],
      output: 'R: text',
    });
  });
});

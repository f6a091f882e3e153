import { expect } from 'chai';
import { silenceSettings } from '../../../outputs/routes/index.ts';
import { alert, HOUR, MINUTE, NOON, outputsOf, routerOf, shortly } from './routing.ts';

const ROUTES = 'routes: [{outputs: [a]}]';
const one = alert({ 'k8s.ns.name': 'prod' });

const silenceOf = (raw: object) => silenceSettings.parse(raw);
const until = (time: number): string => new Date(time).toISOString();

describe('silences of all routes', () => {
  it('hold alerts back before any route is asked, and sum them up at their end', () => {
    const router = routerOf(
      `${ROUTES}\nsilences: [{id: x, match: k8s.ns.name = prod, until: "${until(NOON + HOUR)}"}]`,
    );
    expect(router.route(one, NOON).suppressed).to.deep.equal([
      { route: 'silences', stage: 'silence', reason: 'silenced by x', key: { silence: 'x' } },
    ]);
    expect(shortly(router.route(alert(), NOON))).to.deep.equal(['a']);
    expect(router.due).to.equal(-Infinity);
    router.tick(NOON);
    expect(router.due).to.equal(NOON + HOUR);
    expect(outputsOf(router.tick(NOON + HOUR - 1))).to.deep.equal([]);
    expect(outputsOf(router.tick(NOON + HOUR))).to.deep.equal(['a']);
    expect(shortly(router.route(one, NOON + HOUR))).to.deep.equal(['a']);
  });

  it('come from the API, are remembered, and can be ended', () => {
    const router = routerOf(ROUTES);
    expect(router.silence(silenceOf({ id: 'api', match: 'rule = R' }), NOON)).to.deep.equal([]);
    expect(shortly(router.route(one, NOON))).to.deep.equal(['silence']);
    const again = routerOf(ROUTES, { state: new Map(router.changes()) });
    expect(shortly(again.route(one, NOON))).to.deep.equal(['silence']);
    expect(
      again.silences(NOON).map(({ from, silence, inForce }) => [from, silence.id, inForce]),
    ).to.deep.equal([['api', 'api', true]]);
    expect(again.unsilence('other', NOON)).to.equal(false);
    expect(again.unsilence('api', NOON)).to.equal(true);
    // The alert, and how many were silent.
    expect(shortly(again.route(one, NOON))).to.deep.equal(['a', 'a']);
    expect([...again.json().keys()]).to.deep.equal(['clock']);
  });

  it('that have no end are summed up when someone ends them', () => {
    const router = routerOf(ROUTES);
    router.silence(silenceOf({ id: 'x' }), NOON);
    router.route(one, NOON);
    router.tick(NOON);
    expect(router.due).to.equal(undefined);
    router.unsilence('x', NOON + MINUTE);
    const entries = router.tick(NOON + MINUTE);
    expect(entries.map((entry) => entry.alert.fields.get('tiercel.count'))).to.deep.equal([1]);
  });

  it('that are wrong change nothing', () => {
    const router = routerOf(ROUTES);
    const [problem] = router.silence(silenceOf({ match: 'rul = R' }), NOON);
    expect(problem).to.deep.include({ path: [0, 'match'], message: 'there is no field rul' });
    expect(router.silences(NOON)).to.deep.equal([]);
    expect(shortly(router.route(one, NOON))).to.deep.equal(['a']);
  });

  it('that an undo takes back are forgotten', () => {
    const router = routerOf(ROUTES);
    router.silence(silenceOf({ id: 'x' }), NOON);
    router.undo();
    expect(shortly(router.route(one, NOON))).to.deep.equal(['a']);
  });
});

describe('state of routes after the settings changed', () => {
  const GROUPED = 'routes: [{match: rule = R, outputs: [a], group: {by: [], wait: 1h}}, {outputs: [b]}]';
  const kept = () => {
    const router = routerOf(GROUPED);
    router.route(one, NOON);
    return router.json();
  };

  it('stays where routes stay', () => {
    const router = routerOf(
      'routes: [{match: rule = X, outputs: [b]}, {match: rule = R, outputs: [b], group: {by: [], wait: 2h}}]',
      { state: kept() },
    );
    expect(outputsOf(router.tick(NOON + HOUR - 1))).to.deep.equal([]);
    expect(router.due).to.equal(NOON + HOUR);
  });

  it('hands over at once what routes kept that are no more', () => {
    const router = routerOf('routes: [{outputs: [a]}]', { state: kept() });
    const [entry, ...more] = router.tick(NOON);
    expect(more).to.deep.equal([]);
    expect([entry!.alert.id, outputsOf([entry!])]).to.deep.equal([one.id, ['a']]);
    expect(
      [...router.changes()].filter(([, value]) => value !== undefined).map(([name]) => name),
    ).to.deep.equal(['clock']);
    expect([...router.changes()].map(([name]) => name.split(/[/ ]/)[0]).sort()).to.deep.equal([
      'clock',
      'group',
      'held',
    ]);
  });

  it('goes to the default where the output is no more, too', () => {
    const router = routerOf('default: [c]', { state: kept(), outputs: ['c'] });
    expect(outputsOf(router.tick(NOON))).to.deep.equal(['c']);
  });

  it('keeps alerts that were read from text, and change nothing', () => {
    const text = alert({ rule: '', output: 'line' });
    const routes = 'routes: [{outputs: [a], group: {by: [], wait: 1h}}]';
    const router = routerOf(routes);
    router.route(text, NOON);
    const state = new Map(JSON.parse(JSON.stringify([...router.json()])) as [string, unknown][]);
    expect(routerOf(routes, { state }).tick(NOON + HOUR)).to.deep.equal(router.tick(NOON + HOUR));
  });
});

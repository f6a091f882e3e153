import { expect } from 'chai';
import { parseLiveFilter } from '../../outputs/live-filter.ts';
import { alert } from './kinds/opened.ts';

const one = alert({ output_fields: { 'k8s.ns.name': 'prod', 'fd.num': 3, none: null } });

describe('parseLiveFilter', () => {
  const cases: readonly [string, boolean][] = [
    ['', true],
    ['priority=warning', true],
    ['priority=debug', true],
    ['priority=Error', false],
    ['priority=error&priority=notice', true],
    ['rule=Read%20shadow', true],
    ['rule=a&rule=Read+shadow', true],
    ['rule=a', false],
    ['source=syscall&hostname=node-1', true],
    ['source=syscall&hostname=node-2', false],
    ['tag=file', true],
    ['tag=x&tag=T1003', true],
    ['tag=x', false],
    ['k8s.ns.name=prod&fd.num=3', true],
    ['k8s.ns.name=dev', false],
    ['none=<NA>', true],
    ['other=x', false],
  ];
  for (const [query, wanted] of cases)
    it(`${query || 'nothing'} ${wanted ? 'wants' : 'does not want'} it`, () => {
      const filter = parseLiveFilter(new URLSearchParams(query));
      expect(typeof filter === 'function' && filter(one)).to.equal(wanted);
    });

  it('tells of a priority that there is not', () =>
    expect(parseLiveFilter(new URLSearchParams('priority=high')))
      .to.have.property('error')
      .that.matches(/there is no priority high; known are Emergency/));
});

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
    ['filter=k8s.ns.name%20in%20(prod%2C%20stage)%20and%20priority%20%3E%3D%20warning', true],
    ['filter=fd.num%20%3E%203', false],
    ['filter=fd.num%3D4&filter=fd.num%3D3', true],
    ['filter=fd.num%3D3&tag=x', false],
  ];
  for (const [query, wanted] of cases)
    it(`${query || 'nothing'} ${wanted ? 'wants' : 'does not want'} it`, () => {
      const filter = parseLiveFilter(new URLSearchParams(query));
      expect(typeof filter === 'function' && filter(one)).to.equal(wanted);
    });

  it('tells of a condition that is none', () =>
    expect(parseLiveFilter(new URLSearchParams({ filter: 'rule = a and rul = b' }))).to.deep.equal({
      error: 'filter: there is no field rul (character 14): did you mean rule?',
    }));

  it('tells of a priority that there is not', () =>
    expect(parseLiveFilter(new URLSearchParams('priority=high')))
      .to.have.property('error')
      .that.matches(/there is no priority high; known are Emergency/));
});

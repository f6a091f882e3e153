import { expect } from 'chai';
import { KINDS, kindNamed } from '../../outputs/kinds/index.ts';
import { environmentName, ownSettings, sharedSettings } from '../../outputs/output-settings.ts';
import { parseDuration, parseRate, parseSize } from '../../outputs/settings.ts';

describe('the settings of outputs', () => {
  for (const kind of KINDS)
    it(`are described: ${kind.kind}`, () => {
      const settings = [...ownSettings(kind), ...sharedSettings(kind)];
      expect(
        settings.filter(({ description }) => description === '').map(({ path }) => path.join('.')),
      ).to.deep.equal([]);
      const names = settings.map(({ path }) => path[0]!);
      for (const key of [...kind.secrets, ...(kind.perRoute ?? [])]) expect(names).to.include(key);
    });

  it('are known with type, default and secret', () => {
    const settings = ownSettings(kindNamed('file')!);
    expect(settings.find(({ path }) => path.join('.') === 'rotate.gzip')).to.deep.include({
      type: '`true`, `false`',
      default: 'false',
      required: false,
    });
    expect(settings[0]).to.deep.include({ path: ['path'], type: 'text', required: true, default: undefined });
    expect(sharedSettings(kindNamed('file')!).find(({ path }) => path[0] === 'timeout')).to.deep.include({
      type: 'text',
      default: '10s',
    });
    expect(
      ownSettings(kindNamed('slack')!)
        .filter(({ secret }) => secret)
        .map(({ path }) => path),
    ).to.deep.equal([['webhook_url']]);
  });

  it('have names in the environment', () => {
    expect(environmentName('slack-sec', ['webhook_url'])).to.equal('TIERCEL_OUTPUTS_SLACK_SEC_WEBHOOK_URL');
    expect(environmentName('a.b', ['queue', 'max_age'])).to.equal('TIERCEL_OUTPUTS_A_B_QUEUE_MAX_AGE');
  });
});

describe('values of settings', () => {
  const durations: readonly [string, number | undefined][] = [
    ['0', 0], ['500ms', 500], ['10s', 10_000], ['1h30m', 5_400_000], ['1.5s', 1500], ['2w', 1_209_600_000],
    ['10', undefined], ['', undefined], ['s', undefined], ['-1s', undefined], ['1 s', undefined], ['9999999999999w', undefined],
  ]; // prettier-ignore
  for (const [text, ms] of durations)
    it(`the time span "${text}"`, () => expect(parseDuration(text)).to.equal(ms));
  const sizes: readonly [string, number | undefined][] = [
    ['65536', 65_536], ['1KiB', 1024], ['1.5MiB', 1_572_864], ['100MB', 100_000_000], ['1 GiB', 2 ** 30], ['1k', 1024],
    ['1X', undefined], ['-1', undefined], ['', undefined], ['999999999TiB', undefined],
  ]; // prettier-ignore
  for (const [text, bytes] of sizes) it(`the size "${text}"`, () => expect(parseSize(text)).to.equal(bytes));
  const rates: readonly [string, object | undefined][] = [
    ['10/s', { count: 10, per: 1000 }], ['100/5m', { count: 100, per: 300_000 }], ['1 / 2h', { count: 1, per: 7_200_000 }],
    ['0/s', undefined], ['10', undefined], ['10/0s', undefined], ['10/w', undefined],
  ]; // prettier-ignore
  for (const [text, rate] of rates)
    it(`the rate "${text}"`, () => expect(parseRate(text)).to.deep.equal(rate));
});

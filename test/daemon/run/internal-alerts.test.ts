import { expect } from 'chai';
import { InternalAlerts, isInternal } from '../../../daemon/run/internal-alerts.ts';
import { readAlert, type RoutedAlert } from '../../../outputs/index.ts';

describe('daemon/run/internal-alerts', () => {
  const told: [RoutedAlert, string | undefined][] = [];
  const alerts = new InternalAlerts('host', (alert, notTo) => void told.push([alert, notTo]));
  beforeEach(() => told.splice(0));

  it('tells the first at once, and the rest of its kind in one', () => {
    const event = { topic: 'alerts dropped', message: 'dropped', output: 'slack' } as const;
    alerts.happened({ ...event, count: 1 });
    alerts.happened({ ...event, count: 2 });
    alerts.happened({ ...event, count: 3 });
    alerts.happened({ ...event, output: 'archive', count: 1 });
    expect(told.map(([{ fields }, notTo]) => [fields.get('tiercel.count'), notTo])).to.deep.equal([
      [1, 'slack'],
      [1, 'archive'],
    ]);
    alerts.flush();
    expect(told.slice(2).map(([{ fields }]) => fields.get('tiercel.count'))).to.deep.equal([5]);
    alerts.flush();
    expect(told).to.have.length(3);
  });

  it('makes alerts that can be read again, and that are known as its own', () => {
    alerts.happened({ topic: 'output down', message: 'the output x is down', output: 'x' });
    alerts.flush();
    const [alert] = told[0]!;
    expect(alert.rule).to.equal('tiercel internal: output down');
    expect(alert.output).to.match(/^\S+Z: Error the output x is down$/);
    const again = readAlert(alert.json, { input: alert.input, received: alert.received });
    expect(again).to.deep.equal(alert);
    expect(isInternal(again)).to.equal(true);
    // Those of Falco about itself are not.
    expect(isInternal({ input: 'falco', source: 'internal' })).to.equal(false);
  });
});

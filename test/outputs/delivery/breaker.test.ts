import { expect } from 'chai';
import { fullJitter, halfJitter, longestPause } from '../../../outputs/delivery/back-off.ts';
import { Breaker } from '../../../outputs/delivery/breaker.ts';

const backOff = { first: 1000, max: 8000 };

describe('back-off', () => {
  it('doubles, up to the longest pause, however many failures there are', () => {
    expect([1, 2, 3, 4, 5, 5000].map((failures) => longestPause(backOff, failures))).to.deep.equal([
      1000, 2000, 4000, 8000, 8000, 8000,
    ]);
    expect(fullJitter(backOff, 3, () => 0)).to.equal(0);
    expect(fullJitter(backOff, 3, () => 0.25)).to.equal(1000);
    expect(halfJitter(backOff, 3, () => 0)).to.equal(2000);
    expect(halfJitter(backOff, 3, () => 0.5)).to.equal(3000);
  });
});

describe('Breaker', () => {
  const open = () => {
    const breaker = new Breaker(backOff, () => 0);
    for (let failure = 0; failure < 5; failure++) {
      expect(breaker.state(0)).to.equal('closed');
      breaker.fail(0);
    }
    return breaker;
  };

  it('opens after five failures in a row, not after more with a success between', () => {
    expect(open().state(0)).to.equal('open');
    const breaker = new Breaker(backOff, () => 0);
    for (let failure = 0; failure < 20; failure++) {
      breaker.fail(0);
      if (failure % 4 === 3) breaker.succeed();
    }
    expect(breaker.state(0)).to.equal('closed');
  });

  it('lets one through after the pause, and waits for what comes of it', () => {
    const breaker = open();
    expect(breaker.wait(100)).to.equal(400);
    expect(breaker.state(500)).to.equal('half-open');
    breaker.begin();
    expect(breaker.state(500)).to.equal('open');
    expect(breaker.wait(500)).to.equal(undefined);
    breaker.fail(600);
    expect(breaker.wait(600), 'longer now').to.equal(1000);
    breaker.begin();
    expect(breaker.succeed(), 'that closed it').to.equal(true);
    expect(breaker.wait(1600)).to.equal(0);
    expect(breaker.succeed(), 'closed already').to.equal(false);
  });

  it('does not count what was under way when it opened', () => {
    const breaker = open();
    breaker.fail(0);
    breaker.refuse(0);
    expect(breaker.wait(0)).to.equal(500);
  });

  it('opens at once, and for long, when it is refused', () => {
    const breaker = new Breaker(backOff, () => 0);
    breaker.refuse(0);
    expect(breaker.wait(0)).to.equal(30_000);
    breaker.probeNow(5);
    expect(breaker.state(5)).to.equal('half-open');
  });

  it('may try again when the probe said nothing about the destination', () => {
    const breaker = open();
    breaker.begin();
    breaker.abandon();
    expect(breaker.state(500)).to.equal('half-open');
  });
});

import { expect } from 'chai';
import { TokenBucket } from '../../../outputs/delivery/token-bucket.ts';

describe('TokenBucket', () => {
  it('gives what one time allows at once, then as it trickles in', () => {
    const bucket = new TokenBucket({ count: 3, per: 1000 }, 0);
    expect(bucket.available(0)).to.equal(3);
    bucket.take(3);
    expect(bucket.available(0)).to.equal(0);
    expect(bucket.wait(0)).to.equal(334);
    expect(bucket.available(334)).to.equal(1);
    expect(bucket.available(999)).to.equal(2);
    expect(bucket.available(60_000)).to.equal(3);
  });

  it('lets no more through in any time than its rate, and as much, however it is asked', () => {
    const bucket = new TokenBucket({ count: 7, per: 300 }, 0);
    let taken = 0;
    for (let elapsed = 0; elapsed <= 300_000; elapsed += 0.7) {
      const available = bucket.available(elapsed);
      bucket.take(available);
      taken += available;
    }
    expect(taken).to.be.within(7000 + 5, 7000 + 7);
  });

  it('is ready when it says', () => {
    const bucket = new TokenBucket({ count: 3, per: 70 }, 0);
    bucket.take(3);
    for (let elapsed = 0, round = 0; round < 100; round++) {
      elapsed += bucket.wait(elapsed);
      expect(bucket.available(elapsed)).to.equal(1);
      bucket.take(1);
    }
  });
});

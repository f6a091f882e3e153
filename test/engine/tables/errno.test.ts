import { expect } from 'chai';
import { errnoName } from '../../../engine/tables/errno.ts';

describe('error numbers', () => {
  it('have names', () => {
    expect([1, 11, 41, 35, 125, 512, 530, 0, 9999].map(errnoName)).to.deep.equal([
      'EPERM',
      'EAGAIN',
      '',
      'EDEADLK',
      'ECANCELED',
      'ERESTARTSYS',
      'EIOCBRETRY',
      '',
      '',
    ]);
  });
});

import { expect } from 'chai';
import { fdClass } from '../../../engine/fields/fd.ts';
import { fdlistClass } from '../../../engine/fields/fdlist.ts';
import { fsPathClass } from '../../../engine/fields/fs-path.ts';
import { hasOracle } from '../../oracle.ts';
import { compareFields, printedNames, recordings } from './compare-oracle.ts';

describe('fields of file descriptors and paths against the reference', () => {
  if (!hasOracle()) return;
  const names = printedNames(['fd.', 'fs.path.', 'fdlist.']);
  for (const recording of recordings())
    it(recording, () => {
      const { differences, compared } = compareFields(recording, [fdClass, fsPathClass, fdlistClass], names);
      expect(differences).to.deep.equal([]);
      expect(compared).to.be.greaterThan(0);
    });
});

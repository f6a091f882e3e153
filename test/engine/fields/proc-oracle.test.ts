import { expect } from 'chai';
import { procClass } from '../../../engine/fields/proc.ts';
import { hasOracle } from '../../oracle.ts';
import { compareFields, printedNames, recordings } from './compare-oracle.ts';

describe('fields of processes against the reference', () => {
  if (!hasOracle()) return;
  const names = printedNames(['proc.', 'thread.']).filter((name) => !name.startsWith('proc.is_container'));
  for (const recording of recordings())
    it(recording, () => {
      const { differences, compared } = compareFields(recording, [procClass], names);
      expect(differences).to.deep.equal([]);
      expect(compared).to.be.greaterThan(0);
    });
});

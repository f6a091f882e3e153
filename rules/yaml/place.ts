/** What a node stands in. */
export type Container = 'block-seq' | 'block-map' | 'flow-seq' | 'flow-map' | 'document';

/** What yaml-cpp says where it expects the next entry or the end of a collection and finds something else. */
export const NOT_FOUND: Readonly<Record<Container, string>> = {
  'block-seq': 'end of sequence not found',
  'block-map': 'end of map not found',
  'flow-seq': 'end of sequence flow not found',
  'flow-map': 'end of map flow not found',
  document: 'unknown token',
};

/** Where a node stands, and all that is round it. */
export interface Place {
  readonly container: Container;
  /** Column of the innermost block collection; -1 at the top. */
  readonly column: number;
  readonly outer: Place | undefined;
}

export const TOP: Place = { container: 'document', column: -1, outer: undefined };

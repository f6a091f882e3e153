/** What is needed of a .cpuprofile file (Profiler.Profile of the Chrome DevTools protocol). Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  /** The node that was running at each sample … */
  readonly samples: readonly number[];
  /** … and the time that had passed since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** Where a function begins; line and column from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A function as it was called from one place. Times in microseconds. */
export interface Frame {
  readonly name: string;
  /** File and line. */
  readonly place: string;
  /** Time in the function itself. */
  self: number;
  /** Time in it and all that it called. */
  total: number;
  /** The longest first. */
  children: Frame[];
}

/** Makes the tree of calls of a profile; `placeOf` says where a function stands. Calls of the same function from the same place are one. */
export function foldProfile(
  { nodes, samples, timeDeltas }: CpuProfile,
  placeOf: (callFrame: CallFrame) => string = fileAndLine,
): Frame {
  const times = new Map<number, number>();
  // A sample lasts until the next one.
  samples.forEach((id, i) => times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? 0)));
  const byId = new Map(nodes.map((node) => [node.id, node]));

  const fold = (ids: readonly number[]): Frame[] => {
    const merged = new Map<string, { frame: Frame; children: number[] }>();
    for (const id of ids) {
      const { callFrame, children = [] } = byId.get(id)!;
      const name = callFrame.functionName || '(anonymous)';
      const place = placeOf(callFrame);
      const key = `${name} ${callFrame.url}:${callFrame.lineNumber}:${callFrame.columnNumber}`;
      const one = merged.get(key) ?? {
        frame: { name, place, self: 0, total: 0, children: [] },
        children: [],
      };
      one.frame.self += times.get(id) ?? 0;
      one.children.push(...children);
      merged.set(key, one);
    }
    return Array.from(merged.values(), ({ frame, children }) => {
      frame.children = fold(children);
      frame.total = frame.children.reduce((sum, child) => sum + child.total, frame.self);
      return frame;
    }).sort((a, b) => b.total - a.total);
  };
  return fold([nodes[0]!.id])[0]!;
}

/** File and line of a function; empty for those of V8 and Node that have none. */
export function fileAndLine({ url, lineNumber }: CallFrame): string {
  return url === '' ? '' : `${url.split('/').at(-1)!}:${lineNumber + 1}`;
}

/** A function with the time that it took, wherever it was called from, without what it called. */
export type Share = Pick<Frame, 'name' | 'place' | 'self'>;

/** The functions that took the most time themselves. */
export function hottest(root: Frame, count: number): Share[] {
  const shares = new Map<string, { name: string; place: string; self: number }>();
  const add = ({ name, place, self, children }: Frame): void => {
    const key = `${name} ${place}`;
    const share = shares.get(key) ?? { name, place, self: 0 };
    share.self += self;
    shares.set(key, share);
    children.forEach(add);
  };
  add(root);
  return [...shares.values()].sort((a, b) => b.self - a.self).slice(0, count);
}

/** Frames with less than this part of the time are too narrow to be seen. */
const NARROWEST = 0.0005;
const HOTTEST = 40;

/** A page that shows a profile, with nothing loaded from elsewhere: a click on a function makes it as wide as the page. */
export function flameGraphPage(title: string, root: Frame): string {
  const drawn = (frame: Frame): unknown => ({
    n: frame.name,
    p: frame.place,
    s: Math.round(frame.self),
    t: Math.round(frame.total),
    c: frame.children.filter(({ total }) => total >= root.total * NARROWEST).map(drawn),
  });
  const rows = hottest(root, HOTTEST).map(
    ({ name, place, self }) =>
      `<tr><td>${((100 * self) / root.total).toFixed(1)} %</td><td>${escape(name)}</td><td>${escape(place)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
  body { font: 13px system-ui, sans-serif; margin: 16px }
  #graph { position: relative }
  #graph div { position: absolute; height: 17px; overflow: hidden; white-space: nowrap; font-size: 11px; line-height: 17px; border-radius: 2px; cursor: pointer; padding-left: 2px; box-sizing: border-box }
  td { padding: 1px 12px 1px 0; font-variant-numeric: tabular-nums }
  td:first-child { text-align: right }
</style>
<h1>${escape(title)}</h1>
<p>Width is time, with what was called below its caller. Click a function to widen it, the top row to go back.</p>
<div id="graph"></div>
<h2>Time in the functions themselves</h2>
<table>${rows.join('\n')}</table>
<script>
const root = ${JSON.stringify(drawn(root)).replace(/</g, '\\u003c')};
const graph = document.getElementById('graph');
const HEIGHT = 18;
function draw(focus, path) {
  graph.textContent = '';
  let deepest = 0;
  const box = (frame, left, width, depth, onclick) => {
    const element = document.createElement('div');
    const share = (100 * frame.t / root.t).toFixed(1) + ' %, itself ' + (100 * frame.s / root.t).toFixed(1) + ' %';
    element.textContent = frame.n;
    element.title = frame.n + ' ' + frame.p + '\\n' + (frame.t / 1000).toFixed(1) + ' ms, ' + share;
    let hash = 0;
    for (const unit of frame.n + frame.p) hash = (hash * 31 + unit.charCodeAt(0)) >>> 0;
    element.style.cssText = 'left:' + left + '%;width:' + width + '%;top:' + depth * HEIGHT + 'px;background:hsl(' + hash % 50 + ' 80% 70%)';
    element.onclick = onclick;
    graph.append(element);
    deepest = Math.max(deepest, depth);
  };
  path.forEach((frame, i) => box(frame, 0, 100, i, () => draw(frame, path.slice(0, i))));
  const below = (frame, above, left, depth) => {
    const width = 100 * frame.t / focus.t;
    if (width < 0.05) return;
    box(frame, left, width, depth, () => draw(frame, above));
    for (const child of frame.c) {
      below(child, [...above, frame], left, depth + 1);
      left += 100 * child.t / focus.t;
    }
  };
  below(focus, path, 0, path.length);
  graph.style.height = (deepest + 1) * HEIGHT + 'px';
}
draw(root, []);
</script>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (unit) => `&#${unit.charCodeAt(0)};`);
}

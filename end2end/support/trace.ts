// Adds up a trace of Chromium: where the time of a page's thread goes.

/** The fields of a trace event that are used here. Times are in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** The processor time of the thread. */
  tdur?: number;
}

/** The categories that a trace has to record. */
export const TRACED = ['devtools.timeline', 'v8', 'v8.execute', 'blink', 'toplevel', 'disabled-by-default-devtools.timeline'];

/** Kinds of work, each with the names of its events. The first match counts. */
const KINDS = {
  'collecting garbage': /GC|Scaveng/,
  'parsing HTML': /^Parse|^HTMLDocumentParser/,
  style: /^UpdateLayoutTree$|[Ss]tyle(Recalc)?$|^Document::updateStyle/,
  layout: /^Layout$|HitTest|^LocalFrameView::(performLayout|layout)/,
  painting: /^(PrePaint|Paint|Layerize|Commit|UpdateLayer|UpdateLayerTree|CompositeLayers|PaintImage)$|^(PaintArtifactCompositor|LocalFrameView::RunPrePaint)/,
  script: /^(EvaluateScript|FunctionCall|EventDispatch|RunMicrotasks|FireAnimationFrame|FireIdleCallback|TimerFire|HandlePostMessage)$|^(v8|V8)\.|[Ww]asm/,
};

export type Kind = keyof typeof KINDS | 'other';
export const ALL_KINDS = [...(Object.keys(KINDS) as Kind[]), 'other'] as Kind[];

/** The processor time of the busiest thread by kind, and that of its longest task, in milliseconds. */
export interface Work {
  kinds: Record<Kind, number>;
  total: number;
  longest: number;
}

/** Adds up a trace. The time of a nested event counts for the inner event only. */
export function workIn(trace: Buffer): Work {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threads = new Map<string, TraceEvent[]>();
  const mains = new Set<string>();
  for (const event of traceEvents) {
    const thread = `${event.pid} ${event.tid}`;
    if (event.name === 'UpdateLayoutTree' || event.name === 'FunctionCall') mains.add(thread);
    if (event.ph !== 'X' || event.dur === undefined) continue;
    const events = threads.get(thread) ?? [];
    threads.set(thread, events);
    events.push(event);
  }
  const works = [...mains].map((thread) => add(threads.get(thread) ?? []));
  return works.sort((a, b) => b.total - a.total)[0];
}

function add(events: TraceEvent[]): Work {
  const kinds = Object.fromEntries(ALL_KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  // Events nest: an outer event begins first, or lasts longer.
  events.sort((a, b) => a.ts - b.ts || b.dur! - a.dur!);
  const open: { end: number; kind: Kind }[] = [];
  let total = 0;
  let longest = 0;
  for (const { name, ts, dur, tdur } of events) {
    while (open.length > 0 && open.at(-1)!.end <= ts) open.pop();
    const work = (tdur ?? dur!) / 1_000;
    const outer = open.at(-1);
    const named = (Object.entries(KINDS) as [Kind, RegExp][]).find(([, names]) => names.test(name))?.[0];
    // An event without a kind has that of its outer event.
    const kind = named ?? outer?.kind ?? 'other';
    kinds[kind] += work;
    if (outer) {
      kinds[outer.kind] -= work;
    } else {
      total += work;
      longest = Math.max(longest, work);
    }
    open.push({ end: ts + dur!, kind });
  }
  return { kinds, total, longest };
}

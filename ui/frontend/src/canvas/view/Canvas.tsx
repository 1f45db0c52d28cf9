import { Background, ConnectionLineType, Controls, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow, useStore as useFlowStore, type Connection, type FinalConnectionState, type OnConnectEnd } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { wordsOf } from "../../shared/words";
import { DARK, type Selection } from "../data";
import { readFlow } from "../model/flow";
import { GRID } from "../model/layout";
import type { Issue } from "../model/wire";
import type { Seat } from "../registry";
import { Actions } from "./actions";
import { Bar } from "./Bar";
import { BoardProvider, issueKey, type Ask, type Board } from "./board";
import { CardBox } from "./Card";
import { useGraph } from "./graph";
import { hover } from "./hover";
import { useKeyboard } from "./keyboard";
import { LaneBox } from "./Lane";
import { shadeOfNode, type AnyNode, type WayEdge } from "./nodes";
import { DRAGGED, Palette } from "./Palette";
import { Questions } from "./Questions";
import { Reflexes, ShutDock } from "./Reflexes";
import { Choice, Notice, State } from "./State";
import { useFocus, useLight } from "./signals";
import { WayLine } from "./WayLine";

interface Props {
  readonly seat: Seat;
  /** Rises when Python has sent something new. */
  readonly given: number;
  readonly report: (selection: Selection) => void;
}

const NODE_TYPES = { card: CardBox, lane: LaneBox };
const EDGE_TYPES = { way: WayLine };
/** From so many cards on, only those in view are drawn. */
const MANY = 80;
const FAR = 0.42;
const ROOM_FOR_MAP = 560;
const ROOM_FOR_DOCK = 1100;
const CONNECT_RADIUS = 40;
const SNAP: [number, number] = [GRID, GRID];

export function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Inside {...props} />
    </ReactFlowProvider>
  );
}

function Inside({ seat, given, report }: Props) {
  const { store, data } = seat;
  useSyncExternalStore(store.subscribe, store.getVersion);
  const root = useRef<HTMLDivElement>(null);
  const rf = useReactFlow<AnyNode, WayEdge>();
  const [question, ask] = useState<Ask>();
  const [spoken, say] = useState("");
  const [full, setFull] = useState(false);
  const [palette, setPalette] = useState(seat.palette);
  const [dock, setDock] = useState(seat.dock);
  useEffect(() => {
    if (seat.dock === undefined) setDock((seat.dock = (root.current?.clientWidth ?? 0) > ROOM_FOR_DOCK));
  }, [seat]);
  const [reflex, setReflex] = useState<string | null>(seat.selection.reflex);
  const readOnly = data.read_only || store.readOnly;

  const words = useMemo(() => wordsOf(data.texts), [data.texts]);
  const catalogue = useMemo(() => new Map(data.catalogue.map((type) => [type.type, type])), [data.catalogue]);
  const flow = useMemo(() => readFlow(store.local), [store.local]);
  const issues = useMemo(() => byPlace(store.issues), [store.issues]);
  const lit = useLight(data.flow, data.lit ?? DARK);

  // Actions outlive a drawing; what they need, they ask for.
  const latest = useRef<{ act: Actions }>(undefined);
  const moved = useCallback((spots: Parameters<Actions["moved"]>[0]) => latest.current?.act.moved(spots), []);
  const graph = useGraph({ flow, view: store.view, catalogue, issues, lit, words, remembered: seat.selection, moved });
  const now = useRef({ flow, catalogue, graph });
  now.current = { flow, catalogue, graph };
  const act = useMemo(
    () =>
      new Actions({
        store, rf, words, ask, say,
        root: () => root.current,
        flow: () => now.current.flow,
        catalogue: () => now.current.catalogue,
        spots: () => now.current.graph.spots,
        after: () => now.current.graph.after,
        view: (id) => {
          const card = now.current.flow.cards.find((each) => each.id === id);
          return card && now.current.graph.cardView(card);
        },
        // A card that was just added is drawn first, then chosen.
        select: (cards, ways) => requestAnimationFrame(() => now.current.graph.select(cards, ways)),
        calm: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
      }),
    [store, rf, words],
  );
  latest.current = { act };
  const board = useMemo<Board>(
    () => ({ store, words, flow, catalogue, types: data.catalogue, issues, readOnly, act, view: graph.cardView, ask }),
    [store, words, flow, catalogue, data.catalogue, issues, readOnly, act, graph.cardView],
  );

  useFirstView(seat, graph.ready, act);
  useFocus(data.flow, data.focus, given, act, store.loaded);
  const speaking = lit.cards[0];
  useEffect(() => {
    if (speaking !== undefined) act.reveal(speaking);
  }, [speaking, act]);
  const keys = useMemo(
    () => ({
      root, act, ask, readOnly,
      flow: () => now.current.flow,
      spots: () => now.current.graph.spots,
      exits: (id: string) => now.current.flow.cards.filter((each) => each.id === id).flatMap((each) => now.current.graph.cardView(each).exits),
      problems: (id: string) => issues.has(issueKey("node", id)),
      select: (cards: readonly string[], ways: readonly string[]) => now.current.graph.select(cards, ways),
    }),
    [act, readOnly, issues],
  );
  useKeyboard(keys);

  const tell = useCallback(
    (selection: Selection) => {
      seat.selection = selection;
      report(selection);
    },
    [seat, report],
  );
  const onSelectionChange = useCallback(
    ({ nodes, edges }: { readonly nodes: readonly AnyNode[]; readonly edges: readonly WayEdge[] }) => {
      const cards = nodes.filter((each) => each.type === "card").map((each) => each.id);
      if (cards.length > 0 || edges.length > 0) setReflex(null);
      else if (seat.selection.reflex !== null) return;
      tell({ cards, edges: edges.map((each) => each.id), reflex: null });
    },
    [seat, tell],
  );
  const chooseReflex = (id: string) => {
    graph.select([], []);
    setReflex(id);
    tell({ cards: [], edges: [], reflex: id });
  };
  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => {
      if (sourceHandle !== null) act.connect({ card: source, exit: sourceHandle }, target);
    },
    [act],
  );
  const onReconnect = useCallback(
    (edge: WayEdge, { source, sourceHandle, target }: Connection) => {
      if (edge.data && sourceHandle !== null) act.redirect(edge.data.way, { card: source, exit: sourceHandle }, target);
    },
    [act],
  );
  const onConnectEnd = useCallback<OnConnectEnd>((event, state) => endOfLine(event, state, root.current, rf, ask), [rf]);
  const drop = (event: React.DragEvent) => {
    const type = catalogue.get(event.dataTransfer.getData(DRAGGED));
    if (!type || readOnly) return;
    event.preventDefault();
    const line = wayUnder(root.current, event);
    const way = flow.ways.find((each) => each.id === line);
    if (way && !type.ends_the_call) act.insertOn(type, way);
    else act.add(type, rf.screenToFlowPosition({ x: event.clientX - 110, y: event.clientY - 24 }));
  };
  const far = useFlowStore((state) => state.transform[2] < FAR);
  const wide = useFlowStore((state) => state.width > ROOM_FOR_MAP);
  const some = graph.nodes.some((each) => each.selected);
  const names = ["canvas", full && "full", far && "far", some && "some-chosen", readOnly && "read-only"].filter(Boolean).join(" ");
  return (
    <BoardProvider value={board}>
      <div
        ref={root}
        className={names}
        style={full ? undefined : { height: `var(--leadline-canvas-height, ${data.height}px)` }}
        role="application"
        aria-label={words("canvas")}
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        {palette && !readOnly && <Palette />}
        <div className="stage">
          <ReactFlow<AnyNode, WayEdge>
            nodes={graph.nodes}
            edges={graph.edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onNodesChange={graph.onNodesChange}
            onEdgesChange={graph.onEdgesChange}
            onConnect={onConnect}
            onReconnect={onReconnect}
            onConnectEnd={onConnectEnd}
            onSelectionChange={onSelectionChange}
            onEdgeMouseEnter={(_, edge) => hover(edge.id)}
            onEdgeMouseLeave={() => hover(undefined)}
            onMoveEnd={(_, viewport) => (seat.viewport = viewport)}
            onPaneClick={() => {
              ask(undefined);
              setReflex(null);
              tell({ cards: [], edges: [], reflex: null });
            }}
            isValidConnection={({ source, target }) => source !== target}
            {...(seat.viewport && { defaultViewport: seat.viewport })}
            deleteKeyCode={null}
            selectionKeyCode="Shift"
            multiSelectionKeyCode={["Control", "Meta", "Shift"]}
            disableKeyboardA11y
            nodesDraggable={!readOnly}
            nodesConnectable={!readOnly}
            edgesReconnectable={!readOnly}
            connectionLineType={ConnectionLineType.SmoothStep}
            connectionRadius={CONNECT_RADIUS}
            snapToGrid
            snapGrid={SNAP}
            minZoom={0.08}
            maxZoom={1.8}
            onlyRenderVisibleElements={flow.cards.length > MANY}
            elevateNodesOnSelect={false}
            ariaLabelConfig={{ "node.a11yDescription.default": words("card_keys"), "edge.a11yDescription.default": words("way_keys") }}
          >
            <Background gap={20} />
            <Controls showInteractive={false} showFitView={false} aria-label={words("zoom")} />
            {wide && <MiniMap pannable zoomable nodeClassName={shadeOfNode} ariaLabel={words("map")} />}
          </ReactFlow>
          <Bar palette={palette} full={full} onPalette={() => setPalette((seat.palette = !palette))} onFull={() => setFull(!full)} />
          <State />
          <Notice />
          <Choice />
          {!store.loaded && <p className="cover">{store.sentence || words(`cover_${store.status}`)}</p>}
        </div>
        {dock ? <Reflexes chosen={reflex} onChoose={chooseReflex} onClose={() => setDock((seat.dock = false))} /> : <ShutDock onOpen={() => setDock((seat.dock = true))} />}
        <Questions key={JSON.stringify(question)} question={question} />
        <div className="spoken" aria-live="polite">
          {spoken}
        </div>
      </div>
    </BoardProvider>
  );
}

function byPlace(issues: readonly Issue[]): ReadonlyMap<string, readonly Issue[]> {
  const found = new Map<string, Issue[]>();
  for (const issue of issues) found.set(issueKey(issue.place, issue.id), [...(found.get(issueKey(issue.place, issue.id)) ?? []), issue]);
  return found;
}

/** Once, when the cards are measured and the pane has a size; a canvas that comes back shows what was seen last. */
function useFirstView(seat: Seat, ready: boolean, act: Actions): void {
  const done = useRef(seat.viewport !== undefined);
  const width = useFlowStore((state) => state.width);
  useEffect(() => {
    if (!ready || width === 0 || done.current) return;
    done.current = true;
    act.firstView();
  }, [ready, width, act]);
}

/** A line let go in the open asks what comes next. */
function endOfLine(event: MouseEvent | TouchEvent, state: FinalConnectionState, root: HTMLElement | null, rf: ReturnType<typeof useReactFlow<AnyNode, WayEdge>>, ask: (question: Ask) => void): void {
  const { fromHandle, fromNode, toNode } = state;
  if (state.isValid || toNode || fromHandle?.type !== "source" || !fromNode || !fromHandle.id || !root) return;
  const { clientX: x, clientY: y } = "changedTouches" in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
  const box = root.getBoundingClientRect();
  const spot = rf.screenToFlowPosition({ x, y });
  ask({ kind: "next", at: { x: x - box.left, y: y - box.top }, spot: { x: spot.x - 130, y: spot.y }, from: { card: fromNode.id, exit: fromHandle.id } });
}

function wayUnder(root: HTMLElement | null, { clientX, clientY }: { readonly clientX: number; readonly clientY: number }): string | undefined {
  const within = root?.getRootNode();
  const there = within instanceof ShadowRoot || within instanceof Document ? within.elementsFromPoint(clientX, clientY) : [];
  return there.map((each) => each.closest<SVGGElement>(".react-flow__edge")?.dataset.id).find((id) => id !== undefined);
}


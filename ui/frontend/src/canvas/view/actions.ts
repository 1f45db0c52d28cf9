// What the person can do, in one place for mouse, keyboard and menus.
import type { ReactFlowInstance } from "@xyflow/react";

import type { Words } from "../../shared/words";
import { copy, paste, readClip, type Clip } from "../model/clipboard";
import type { Catalogue, Flow, Spot, Way, WayKind } from "../model/flow";
import * as gestures from "../model/gestures";
import { otherwiseOf, type Deed, type Outlet } from "../model/gestures";
import { arranged, CARD, free, type Size } from "../model/layout";
import type { FlowStore } from "../model/store";
import type { CardView, NodeType } from "../model/wire";
import type { Ask, Point } from "./board";
import type { AnyNode, CardNode, WayEdge } from "./nodes";

const BELOW = 84;
const READING_ZOOM = 0.8;
const SMALLEST_FIT = 0.6;

/** What actions need of the canvas. All of it is asked for when an action happens, never kept. */
export interface Hands {
  readonly store: FlowStore;
  readonly rf: ReactFlowInstance<AnyNode, WayEdge>;
  readonly words: Words;
  readonly root: () => HTMLElement | null;
  readonly flow: () => Flow;
  readonly catalogue: () => Catalogue;
  readonly spots: () => Readonly<Record<string, Spot>>;
  readonly after: () => ReadonlySet<string>;
  readonly view: (id: string) => CardView | undefined;
  readonly select: (cards: readonly string[], ways: readonly string[]) => void;
  readonly ask: (question: Ask | undefined) => void;
  readonly say: (sentence: string) => void;
  readonly calm: () => boolean;
}

// What was copied last, for browsers that do not let a page read the clipboard; for all flows of this page.
let copied: Clip | undefined;

export class Actions {
  constructor(private readonly hands: Hands) {}

  // Cards.

  /** From the palette: behind the chosen card if something is still open there, else in the middle of the view. */
  add(type: NodeType, at?: Spot): void {
    const { flow, catalogue, spots } = this.now();
    const behind = at ? undefined : this.openOutlet(type);
    const below = behind && spots[behind.card];
    const wanted = at ?? (below && behind ? { x: below.x, y: below.y + this.size(behind.card).height + BELOW } : this.middle());
    const spot = at ?? free(wanted, spots, (id) => this.size(id), CARD);
    this.did(gestures.addCard(this.hands.store.local, flow, catalogue, type, spot, behind), { show: !at });
  }

  /** Out of an exit, where the line was let go. */
  addBehind(type: NodeType, from: Outlet, spot: Spot, kind?: WayKind): void {
    const { flow, catalogue, spots } = this.now();
    const place = free(spot, spots, (id) => this.size(id), CARD);
    this.did(gestures.addCard(this.hands.store.local, flow, catalogue, type, place, from, kind));
  }

  insertOn(type: NodeType, way: Way): void {
    const { spots } = this.now();
    const [above, below] = [spots[way.source], spots[way.target]];
    const between = above && below ? { x: (above.x + below.x) / 2, y: Math.max((above.y + below.y) / 2, above.y + this.size(way.source).height + 40) } : this.middle();
    this.did(gestures.insertOn(this.hands.store.local, type, way, free(between, spots, (id) => this.size(id), CARD)));
  }

  askInsert(way: Way, at: Point | undefined): void {
    this.hands.ask({ kind: "next", at, spot: this.middle(), way });
  }

  remove(cards: readonly string[], ways: readonly string[]): void {
    const { flow } = this.now();
    if (cards.includes(flow.start)) this.hands.say(this.hands.words("start_stays"));
    this.did(gestures.remove(this.hands.store.local, flow, cards, ways));
  }

  rename(id: string, name: string): void {
    this.did(gestures.rename(this.hands.flow(), id, name), { select: false });
  }

  beginWith(id: string, inbound: boolean): void {
    this.did(gestures.beginWith(this.hands.flow(), id, inbound), { select: false });
  }

  moved(spots: Readonly<Record<string, Spot>>): void {
    this.did(gestures.move(this.hands.store.local, spots), { select: false });
  }

  tidy(): void {
    const { flow } = this.now();
    const spots = arranged(flow, this.hands.after(), (id) => this.size(id));
    this.did(gestures.tidy(this.hands.store.local, flow, spots), { select: false });
    requestAnimationFrame(() => this.firstView());
  }

  // Ways.

  /** A line was drawn. Where an exit already leads somewhere, it is asked when the new way is to be taken. */
  connect(from: Outlet, to: string, at?: Point): void {
    const plain = otherwiseOf(this.hands.flow(), from);
    const afterCall = this.hands.after().has(from.card);
    if (plain && plain.target !== to && !afterCall) this.hands.ask({ kind: "when", at, from, to });
    else this.connectWhen(from, to, "otherwise");
  }

  connectWhen(from: Outlet, to: string, kind: WayKind): void {
    const { flow, catalogue } = this.now();
    const deed = gestures.connect(flow, catalogue, from, to, kind);
    this.did(deed, { select: false });
    // A way with a condition wants its words next: it is chosen, so that its form opens.
    if (kind !== "otherwise") this.selectWay(deed.made[0] ?? "");
  }

  redirect(way: Way, from: Outlet, to: string): void {
    this.did(gestures.redirect(way, from, to), { select: false });
  }

  // Clipboard.

  async copy(cut = false): Promise<void> {
    const { flow, spots } = this.now();
    const cards = this.chosenCards();
    const clip = copy(this.hands.store.local, flow, cards, spots);
    if (!clip) return;
    copied = clip;
    this.hands.say(this.hands.words("copied", { count: clip.cards.length }));
    if (cut) this.remove(cards, []);
    // Refused outside of https and localhost; `copied` then serves this page.
    await navigator.clipboard?.writeText(JSON.stringify(clip)).catch(() => undefined);
  }

  async paste(): Promise<void> {
    const text = await navigator.clipboard?.readText().catch(() => "");
    this.pasteClip(readClip(text ?? "") ?? copied, true);
  }

  duplicate(): void {
    const { flow, spots } = this.now();
    this.pasteClip(copy(this.hands.store.local, flow, this.chosenCards(), spots), false);
  }

  private pasteClip(clip: Clip | undefined, inView: boolean): void {
    if (!clip) return;
    // Cards of this flow come beside their originals, those of another into the middle of what is seen.
    const { local } = this.hands.store;
    const to = inView && clip.flow !== local.id ? this.middle() : undefined;
    const catalogue = this.hands.catalogue();
    this.did(paste(local, clip, to, (type) => catalogue.get(type)?.kind ?? ""), { show: true });
  }

  // Back and forth.

  undo(): void {
    this.hands.store.undo((of) => this.hands.words("did_undo", { of }));
    this.hands.say(this.hands.words("undone"));
  }

  redo(): void {
    this.hands.store.redo((of) => this.hands.words("did_redo", { of }));
    this.hands.say(this.hands.words("redone"));
  }

  // Looking and choosing.

  selectWay(id: string): void {
    this.hands.select([], [id]);
  }

  /** Brings a card into view, chooses it and gives it the keyboard. */
  goTo(id: string): void {
    const spot = this.now().spots[id];
    if (!spot) return;
    this.hands.select([id], []);
    const { width, height } = this.size(id);
    const zoom = Math.max(this.hands.rf.getZoom(), READING_ZOOM);
    void this.hands.rf.setCenter(spot.x + width / 2, spot.y + height / 2, { zoom, duration: this.pace(250) });
    setTimeout(() => this.hands.root()?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }), this.pace(280));
  }

  /** Bring a card into view if it is not, and choose nothing: what the person is at stays as it is. */
  reveal(id: string): void {
    const spot = this.now().spots[id];
    const pane = this.hands.root()?.querySelector(".react-flow");
    if (!spot || !pane) return;
    const { x, y, zoom } = this.hands.rf.getViewport();
    const { width, height } = this.size(id);
    const [left, top] = [spot.x * zoom + x, spot.y * zoom + y];
    const seen = left >= 0 && top >= 0 && left + width * zoom <= pane.clientWidth && top + height * zoom <= pane.clientHeight;
    if (!seen) void this.hands.rf.setCenter(spot.x + width / 2, spot.y + height / 2, { zoom, duration: this.pace(250) });
  }

  goToWay(id: string): void {
    const way = this.hands.flow().ways.find((each) => each.id === id);
    if (!way) return;
    this.goTo(way.source);
    this.selectWay(id);
  }

  fit(): void {
    void this.hands.rf.fitView({ padding: 0.08, duration: this.pace(250) });
  }

  /** All of it if that can be read; else the beginning of the call. */
  firstView(): void {
    const { rf } = this.hands;
    const pane = this.hands.root()?.querySelector(".react-flow");
    const [width, height] = [pane?.clientWidth ?? 0, pane?.clientHeight ?? 0];
    const bounds = rf.getNodesBounds(rf.getNodes());
    if (width === 0 || bounds.width === 0) return;
    if (Math.min(width / bounds.width, height / bounds.height) / 1.1 >= SMALLEST_FIT) {
      void rf.fitView({ padding: 0.06, maxZoom: 1 });
      return;
    }
    const { flow, spots } = this.now();
    const start = spots[flow.start] ?? spots[flow.cards[0]?.id ?? ""] ?? { x: 0, y: 0 };
    const middle = start.x + this.size(flow.start).width / 2;
    void rf.setViewport({ x: width / 2 - middle * READING_ZOOM, y: 110 - start.y * READING_ZOOM, zoom: READING_ZOOM });
  }

  /** A place right below something on the screen, seen from the canvas. */
  below(element: Element): Point | undefined {
    const root = this.hands.root()?.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return root ? { x: box.left - root.left, y: box.bottom - root.top + 6 } : undefined;
  }

  chosenCards(): string[] {
    return this.hands.rf.getNodes().filter((each): each is CardNode => each.type === "card" && each.selected === true).map((each) => each.id);
  }

  chosenWays(): string[] {
    return this.hands.rf.getEdges().filter((each) => each.selected === true).map((each) => each.id);
  }

  size(id: string): Size {
    const measured = this.hands.rf.getInternalNode(id)?.measured;
    return { width: measured?.width ?? CARD.width, height: measured?.height ?? CARD.height };
  }

  private pace(ms: number): number {
    return this.hands.calm() ? 0 : ms;
  }

  private now() {
    return { flow: this.hands.flow(), catalogue: this.hands.catalogue(), spots: this.hands.spots() };
  }

  private middle(): Spot {
    const box = this.hands.root()?.querySelector(".react-flow")?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    const { x, y } = this.hands.rf.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 3 });
    return { x: x - CARD.width / 2, y };
  }

  /** An exit of the one chosen card that leads nowhere yet and suits what is to come. */
  private openOutlet(type: NodeType): Outlet | undefined {
    const [id, ...more] = this.chosenCards();
    if (id === undefined || more.length > 0 || this.hands.after().has(id) !== (type.kind === "after_call")) return undefined;
    const { flow } = this.now();
    const exit = this.hands.view(id)?.exits.find((each) => !flow.ways.some((way) => way.source === id && way.exit === each.name));
    return exit && { card: id, exit: exit.name };
  }

  private did(deed: Deed, { select = true, show = false } = {}): void {
    const label = this.hands.words(deed.label, deed.facts);
    if (!this.hands.store.edit(label, deed.steps)) return;
    this.hands.say(label);
    const [first] = deed.made;
    if (!select || first === undefined) return;
    this.hands.select(deed.made, []);
    if (show && deed.made.length === 1) requestAnimationFrame(() => this.goTo(first));
  }
}

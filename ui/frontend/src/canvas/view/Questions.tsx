// The one question that may be open: what comes next, where to, when, which card.
import { useMemo } from "react";

import type { Way, WayKind } from "../model/flow";
import type { Outlet } from "../model/gestures";
import type { NodeType } from "../model/wire";
import { GROUPS, shadeOf, useBoard, type Ask, type Board, type Point } from "./board";
import { Help } from "./Help";
import { Menu, type Item } from "./Menu";
import { ProblemList } from "./ProblemList";

export function Questions({ question }: { readonly question: Ask | undefined }) {
  const board = useBoard();
  const close = () => board.ask(undefined);
  switch (question?.kind) {
    case "next":
      return <Next at={question.at} spot={question.spot} from={question.from} way={question.way} />;
    case "add":
      return <Next at={undefined} spot={undefined} from={undefined} way={undefined} />;
    case "find":
      return <FindCard />;
    case "exit":
      return <WhichExit card={question.card} />;
    case "target":
      return <WhereTo from={question.from} />;
    case "when":
      return <When at={question.at} from={question.from} to={question.to} />;
    case "problems":
      return <ProblemList at={question.at} card={question.card} edge={question.edge} onClose={close} />;
    case "help":
      return <Help onClose={close} />;
    default:
      return null;
  }
}

/** Node types by group, in the palette's order. */
export function typeItems(board: Board, fits: (type: NodeType) => boolean): Item[] {
  const { words } = board;
  return GROUPS.flatMap((group) =>
    board.types
      .filter((type) => shadeOf(type) === group && fits(type))
      .map((type) => ({ id: type.type, title: type.title, hint: type.help, icon: type.icon, shade: group, group: words(`group_${group}`) })),
  );
}

interface NextProps {
  readonly at: Point | undefined;
  readonly spot: Point | undefined;
  readonly from: Outlet | undefined;
  readonly way: Way | undefined;
}

/** What happens next: behind an exit, on a way, or (without either) anywhere. */
function Next({ at, spot, from, way }: NextProps) {
  const board = useBoard();
  const { words, act, ask, store } = board;
  const source = from?.card ?? way?.source;
  const after = source === undefined ? undefined : board.flow.cards.some((each) => each.id === source && board.view(each).kind === "after_call");
  const items = useMemo(
    () => typeItems(board, (type) => (after === undefined || (type.kind === "after_call") === after) && !(way && type.ends_the_call)),
    [board, after, way],
  );
  const pick = ({ id }: Item) => {
    const type = board.catalogue.get(id);
    ask(undefined);
    if (!type || store.readOnly) return;
    if (way) act.insertOn(type, way);
    else if (from && spot) act.addBehind(type, from, spot, wayOut(board, from));
    else act.add(type);
  };
  const title = way ? words("ask_between") : from ? words("ask_next") : words("ask_add");
  return <Menu title={title} items={items} at={at} search={words("search_types")} onPick={pick} onClose={() => ask(undefined)} />;
}

/** An exit that leads somewhere already gets one more way with a condition, and keeps the one it has. */
function wayOut(board: Board, from: Outlet): WayKind {
  const taken = board.flow.ways.some((way) => way.source === from.card && way.exit === from.exit && way.kind === "otherwise");
  return taken ? "rule" : "otherwise";
}

function cardItems(board: Board, fits: (id: string) => boolean): Item[] {
  return board.flow.cards
    .filter((card) => fits(card.id))
    .map((card) => {
      const view = board.view(card);
      return { id: card.id, title: card.name, hint: view.summary, icon: view.icon, shade: shadeOf(view) };
    });
}

function FindCard() {
  const board = useBoard();
  const { words, act, ask } = board;
  const items = useMemo(() => cardItems(board, () => true), [board]);
  const pick = ({ id }: Item) => {
    ask(undefined);
    act.goTo(id);
  };
  return <Menu title={words("find")} items={items} at={undefined} search={words("find_hint")} onPick={pick} onClose={() => ask(undefined)} />;
}

function WhichExit({ card }: { readonly card: string }) {
  const board = useBoard();
  const { words, ask } = board;
  const found = board.flow.cards.find((each) => each.id === card);
  const items = (found ? board.view(found).exits : []).map((exit) => ({ id: exit.name, title: exit.label, hint: leadsTo(board, { card, exit: exit.name }) }));
  const pick = ({ id }: Item) => ask({ kind: "target", from: { card, exit: id } });
  return <Menu title={words("ask_exit", { name: found?.name ?? "" })} items={items} at={undefined} onPick={pick} onClose={() => ask(undefined)} />;
}

function leadsTo(board: Board, from: Outlet): string {
  const names = board.flow.ways
    .filter((way) => way.source === from.card && way.exit === from.exit)
    .map((way) => board.flow.cards.find((card) => card.id === way.target)?.name ?? "");
  return names.length > 0 ? board.words("leads_to", { names: names.join(", ") }) : board.words("open_exit");
}

function WhereTo({ from }: { readonly from: Outlet }) {
  const board = useBoard();
  const { words, act, ask } = board;
  const items = useMemo(() => cardItems(board, (id) => id !== from.card), [board, from]);
  const pick = ({ id }: Item) => {
    ask(undefined);
    act.connect(from, id);
  };
  return <Menu title={words("ask_target")} items={items} at={undefined} search={words("find_hint")} onPick={pick} onClose={() => ask(undefined)} />;
}

function When({ at, from, to }: { readonly at: Point | undefined; readonly from: Outlet; readonly to: string }) {
  const board = useBoard();
  const { words, act, ask, flow } = board;
  const plain = flow.ways.find((way) => way.source === from.card && way.exit === from.exit && way.kind === "otherwise");
  const name = flow.cards.find((card) => card.id === plain?.target)?.name ?? "";
  const source = flow.cards.find((card) => card.id === from.card);
  const talks = source !== undefined && board.view(source).kind === "talk";
  const items: Item[] = [
    { id: "rule", title: words("when_rule"), hint: words("when_rule_hint", { name }), icon: "alt_route", shade: "decide" },
    ...(talks ? [{ id: "intent", title: words("when_intent"), hint: words("when_intent_hint", { name }), icon: "forum", shade: "talk" }] : []),
    { id: "otherwise", title: words("when_otherwise"), hint: words("when_otherwise_hint", { name }), icon: "link", shade: "other" },
  ];
  const pick = ({ id }: Item) => {
    ask(undefined);
    act.connectWhen(from, to, id as WayKind);
  };
  return <Menu title={words("ask_when")} items={items} at={at} onPick={pick} onClose={() => ask(undefined)} />;
}

import { Handle, Position, useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useMemo, useRef, useState } from "react";

import { Icon } from "../../shared/icons";
import type { Chip, Exit } from "../model/wire";
import { shadeOf, useBoard } from "./board";
import { CardTools } from "./CardTools";
import type { CardData, CardNode } from "./nodes";

/** Below this, exits stand side by side without words getting lost. */
const EXIT_WIDTH = 92;
const CARD_WIDTH = 260;

export const CardBox = memo(function CardBox({ id, data, selected }: NodeProps<CardNode>) {
  const { card, view, wired, start, startInbound } = data;
  const { words } = useBoard();
  const open = useMemo(() => new Set(wired.split("|")), [wired]);
  useHandlesOf(id, view.exits);
  const named = view.exits.length > 1 || view.exits.some((exit) => exit.failure);
  const width = named ? Math.max(CARD_WIDTH, view.exits.length * EXIT_WIDTH) : CARD_WIDTH;
  return (
    <div className={classes(data, selected)} style={{ width }}>
      {selected && <CardTools id={id} talks={view.kind !== "after_call" && !view.ends_the_call} start={start} startInbound={startInbound} />}
      {(start || startInbound) && (
        <div className="starts">
          {start && <span className="start">{words("start")}</span>}
          {startInbound && <span className="start inbound">{words("start_inbound")}</span>}
        </div>
      )}
      <Handle type="target" position={Position.Top} id="in" aria-hidden />
      <header>
        <span className="icon">
          <Icon name={view.ghost ? "help" : view.icon} />
        </span>
        <Title id={id} name={card.name} type={view.type_title} />
        <Problems data={data} />
      </header>
      {view.summary && <p className="summary">{view.summary}</p>}
      {view.chips.length > 0 && <Chips chips={view.chips} />}
      {data.broken > 0 && <p className="broken">{words("broken_way")}</p>}
      {card.note && (
        <p className="note">
          <Icon name="note" size={13} /> {card.note}
        </p>
      )}
      {view.exits.length > 0 && (
        <footer className={named ? "exits" : "exits plain"}>
          {view.exits.map((exit) => (
            <div key={exit.name} className={`exit${exit.failure ? " failure" : ""}${open.has(exit.name) ? "" : " open"}`}>
              {named && <span>{exit.label}</span>}
              <Handle type="source" position={Position.Bottom} id={exit.name} title={open.has(exit.name) ? exit.label : words("leads_nowhere", { exit: exit.label })} />
            </div>
          ))}
        </footer>
      )}
    </div>
  );
});

function classes({ view, issues, lit, visited }: CardData, selected: boolean | undefined): string {
  const worst = issues.some((each) => each.level === "error") ? "bad" : issues.length > 0 ? "warned" : "";
  const states = [selected && "selected", view.ghost && "ghost", lit && "lit", visited && "visited", worst];
  return ["card", `of-${shadeOf(view)}`, ...states].filter(Boolean).join(" ");
}

/** Handles are measured again only when they change: doing so for each card on mounting takes n² steps for n cards. */
function useHandlesOf(id: string, exits: readonly Exit[]): void {
  const update = useUpdateNodeInternals();
  const names = exits.map((exit) => exit.name).join("|");
  const seen = useRef(names);
  useEffect(() => {
    if (seen.current === names) return;
    seen.current = names;
    update(id);
  }, [id, names, update]);
}

function Title({ id, name, type }: { readonly id: string; readonly name: string; readonly type: string }) {
  const { words, act, readOnly } = useBoard();
  const [editing, setEditing] = useState(false);
  const done = (text: string) => {
    setEditing(false);
    act.rename(id, text);
  };
  return (
    <div className="title">
      <small>{type}</small>
      {editing ? (
        <input
          className="nodrag nopan"
          autoFocus
          defaultValue={name}
          aria-label={words("rename")}
          onFocus={(event) => event.target.select()}
          onBlur={(event) => done(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") {
              event.currentTarget.value = name;
              event.currentTarget.blur();
            }
          }}
        />
      ) : (
        <b onDoubleClick={() => !readOnly && setEditing(true)} title={readOnly ? undefined : words("rename_hint")}>
          {name}
        </b>
      )}
    </div>
  );
}

function Problems({ data: { card, issues } }: { readonly data: CardData }) {
  const { words, ask, act } = useBoard();
  if (issues.length === 0) return null;
  const open = (event: React.MouseEvent<HTMLElement>) => {
    event.stopPropagation();
    ask({ kind: "problems", at: act.below(event.currentTarget), card: card.id });
  };
  return (
    <button type="button" className="problems nodrag nopan" onClick={open} aria-label={words("problems_of", { name: card.name, count: issues.length })} title={issues[0]?.sentence}>
      {issues.length}
    </button>
  );
}

const SHOWN_CHIPS = 7;

function Chips({ chips }: { readonly chips: readonly Chip[] }) {
  const { words } = useBoard();
  const shown = chips.length > SHOWN_CHIPS + 1 ? chips.slice(0, SHOWN_CHIPS) : chips;
  return (
    <ul className="chips" aria-label={words("finds_out")}>
      {shown.map((chip) => (
        <li key={chip.slot} className={`chip ${chip.need || "unknown"}`} title={words(`need_${chip.need || "unknown"}`)}>
          {chip.label}
        </li>
      ))}
      {shown.length < chips.length && (
        <li className="chip more" title={chips.slice(SHOWN_CHIPS).map((chip) => chip.label).join(", ")}>
          {words("more_chips", { count: chips.length - shown.length })}
        </li>
      )}
    </ul>
  );
}

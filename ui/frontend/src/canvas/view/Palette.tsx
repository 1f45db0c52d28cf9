import { useMemo, useState } from "react";

import { Icon } from "../../shared/icons";
import { useBoard } from "./board";
import { matching } from "./Menu";
import { typeItems } from "./Questions";

export const DRAGGED = "application/x-leadline-card";

/** All kinds of cards, to click or to drag. */
export function Palette() {
  const board = useBoard();
  const { words, act, catalogue } = board;
  const [typed, setTyped] = useState("");
  const items = useMemo(() => typeItems(board, () => true), [board]);
  const shown = matching(items, typed);
  const groups = [...new Set(items.map((item) => item.group))].filter((group) => shown.some((item) => item.group === group));
  const add = (id: string) => {
    const type = catalogue.get(id);
    if (type) act.add(type);
  };
  return (
    <aside className="palette" aria-label={words("palette")}>
      <input type="search" placeholder={words("search_types")} aria-label={words("search_types")} value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={(event) => event.stopPropagation()} />
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          {shown
            .filter((item) => item.group === group)
            .map((item) => (
              <button
                key={item.id}
                type="button"
                draggable
                className={`kind of-${item.shade}`}
                title={item.hint}
                onClick={() => add(item.id)}
                onDragStart={(event) => {
                  event.dataTransfer.setData(DRAGGED, item.id);
                  event.dataTransfer.effectAllowed = "copy";
                }}
              >
                <span className="icon">
                  <Icon name={item.icon ?? "circle"} size={17} />
                </span>
                <span>{item.title}</span>
              </button>
            ))}
        </section>
      ))}
      {shown.length === 0 && <p className="empty">{words("nothing_found")}</p>}
    </aside>
  );
}

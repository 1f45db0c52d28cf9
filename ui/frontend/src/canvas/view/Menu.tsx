import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";

import { Icon } from "../../shared/icons";
import { useBoard, type Point } from "./board";

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly hint?: string;
  readonly icon?: string;
  readonly shade?: string;
  readonly group?: string;
}

interface Props {
  readonly title: string;
  readonly items: readonly Item[];
  /** Where it opens; in the middle if it belongs to no place. */
  readonly at: Point | undefined;
  readonly search?: string;
  readonly onPick: (item: Item) => void;
  readonly onClose: () => void;
}

const WIDTH = 320;
const HEIGHT = 380;

/** A list to choose from: by typing and Enter, by the arrows, or by a click. */
export function Menu({ title, items, at, search, onPick, onClose }: Props) {
  const { words } = useBoard();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const found = useMemo(() => matching(items, typed), [items, typed]);
  const place = useInside(box, at);

  useEffect(() => {
    const last = (box.current?.getRootNode() as ShadowRoot | undefined)?.activeElement as HTMLElement | null;
    box.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => last?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    void box.current?.querySelector(`[data-place="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const keys = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    const item = found[active];
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && item) onPick(item);
    else if (event.key === "ArrowDown") setActive((place) => Math.min(place + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive((place) => Math.max(place - 1, 0));
    else if (event.key === "Tab") onClose();
    else return;
    event.preventDefault();
  };
  const list = { "aria-activedescendant": found[active] ? `${id}-${active}` : undefined, "aria-controls": `${id}-list` };
  return (
    <div ref={box} className="menu" style={place} role="dialog" aria-label={title} onKeyDown={keys}>
      <div className="menu-head">
        <h3>{title}</h3>
        <button type="button" className="quiet" onClick={onClose} aria-label={words("close")} tabIndex={-1}>
          <Icon name="close" size={16} />
        </button>
      </div>
      {search !== undefined && (
        <input
          data-first
          role="combobox"
          aria-expanded="true"
          aria-label={search}
          placeholder={search}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          {...list}
        />
      )}
      <div id={`${id}-list`} role="listbox" aria-label={title} {...(search === undefined && { "data-first": true, tabIndex: 0, ...list })}>
        {found.map((item, place) => (
          <Option key={item.id} item={item} id={`${id}-${place}`} place={place} active={place === active} head={item.group !== found[place - 1]?.group ? item.group : undefined} onPick={onPick} onHover={setActive} />
        ))}
        {found.length === 0 && <p className="empty">{words("nothing_found")}</p>}
      </div>
    </div>
  );
}

interface OptionProps {
  readonly item: Item;
  readonly id: string;
  readonly place: number;
  readonly active: boolean;
  readonly head: string | undefined;
  readonly onPick: (item: Item) => void;
  readonly onHover: (place: number) => void;
}

function Option({ item, id, place, active, head, onPick, onHover }: OptionProps) {
  return (
    <>
      {head && (
        <h4 role="presentation" aria-hidden>
          {head}
        </h4>
      )}
      <div id={id} data-place={place} role="option" aria-selected={active} className={`option of-${item.shade ?? "other"}`} onPointerMove={() => onHover(place)} onClick={() => onPick(item)}>
        {item.icon && (
          <span className="icon">
            <Icon name={item.icon} size={16} />
          </span>
        )}
        <span>
          <b>{item.title}</b>
          {item.hint && <small>{item.hint}</small>}
        </span>
      </div>
    </>
  );
}

/** Items that hold every typed word; those whose title begins with it first. */
export function matching(items: readonly Item[], typed: string): readonly Item[] {
  const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return items;
  const holds = ({ title, hint, group }: Item) => parts.every((part) => `${title} ${hint ?? ""} ${group ?? ""}`.toLowerCase().includes(part));
  const first = (item: Item) => (item.title.toLowerCase().startsWith(parts[0] ?? "") ? 0 : item.title.toLowerCase().includes(parts[0] ?? "") ? 1 : 2);
  return items.filter(holds).sort((left, right) => first(left) - first(right));
}

/** The place, moved as far as needed to lie inside of the canvas. */
export function useInside(box: React.RefObject<HTMLElement | null>, at: Point | undefined): React.CSSProperties {
  const [place, setPlace] = useState<React.CSSProperties>({ opacity: 0 });
  useLayoutEffect(() => {
    const around = box.current?.parentElement;
    if (!around) return;
    const [width, height] = [around.clientWidth, around.clientHeight];
    const own = { width: Math.min(box.current?.offsetWidth ?? WIDTH, width), height: Math.min(box.current?.offsetHeight ?? HEIGHT, height - 16) };
    const wanted = at ?? { x: (width - own.width) / 2, y: Math.min(70, (height - own.height) / 2) };
    setPlace({ left: Math.max(8, Math.min(wanted.x, width - own.width - 8)), top: Math.max(8, Math.min(wanted.y, height - own.height - 8)) });
  }, [box, at]);
  return place;
}

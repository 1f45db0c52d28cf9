import { Icon } from "../../shared/icons";
import { useBoard } from "./board";

interface Props {
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly onClose: () => void;
}

/** What always holds, whatever card is open: beside the flow, because it is no part of its ways. */
export function Reflexes({ chosen, onChoose, onClose }: Props) {
  const { words, flow, issues } = useBoard();
  const name = (id: string) => flow.cards.find((each) => each.id === id)?.name ?? id;
  const does = (then: string, go: string) => (then === "go" ? words("reflex_go", { name: name(go) }) : then === "end" ? words("reflex_end") : words("reflex_return"));
  return (
    <aside className="dock" aria-label={words("reflexes")}>
      <div className="dock-head">
        <h3>
          <Icon name="bolt" size={15} /> {words("reflexes")}
        </h3>
        <button type="button" className="quiet" onClick={onClose} aria-label={words("hide_reflexes")} title={words("hide_reflexes")}>
          <Icon name="close" size={15} />
        </button>
      </div>
      <p className="about">{words("reflexes_about")}</p>
      {flow.reflexes.map((reflex) => {
        const problems = issues.get(`reflex/${reflex.id}`)?.length ?? 0;
        return (
          <button key={reflex.id} type="button" className={`reflex ${reflex.then}`} aria-pressed={chosen === reflex.id} onClick={() => onChoose(reflex.id)}>
            <b>{reflex.label}</b>
            <small>{does(reflex.then, reflex.go)}</small>
            {problems > 0 && (
              <span className="problems" role="img" aria-label={words("problems_spoken", { count: problems })}>
                {problems}
              </span>
            )}
          </button>
        );
      })}
      {flow.reflexes.length === 0 && <p className="empty">{words("no_reflexes")}</p>}
    </aside>
  );
}

/** The dock when it is shut: a tab at the side, so that nobody forgets that reflexes are there. */
export function ShutDock({ onOpen }: { readonly onOpen: () => void }) {
  const { words, flow } = useBoard();
  return (
    <button type="button" className="shut-dock" onClick={onOpen} title={words("reflexes_about")}>
      <Icon name="bolt" size={15} />
      <span>{words("reflexes")}</span>
      <small>{flow.reflexes.length}</small>
    </button>
  );
}

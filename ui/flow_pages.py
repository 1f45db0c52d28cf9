"""The pages of one flow, in the order of their tabs. They have `?flow=` in common and are not in the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ui.texts import t


@dataclass(frozen=True, slots=True)
class FlowPage:
    """`name`: its address and the name of its words (`tab.<name>`). `file`: from the entry script on."""

    name: str
    file: str
    icon: str

    @property
    def title(self) -> str:
        name = self.name.replace("-", "_")
        return t(f"tab.{name}")


FLOW_PAGES: Final = (
    FlowPage("flow", "app_pages/flow.py", ":material/account_tree:"),
    FlowPage("find-out", "app_pages/find_out.py", ":material/checklist:"),
    FlowPage("qualification", "app_pages/qualification.py", ":material/verified:"),
    FlowPage("knowledge", "app_pages/knowledge.py", ":material/menu_book:"),
    FlowPage("voice", "app_pages/voice.py", ":material/graphic_eq:"),
    FlowPage("reflexes", "app_pages/reflexes.py", ":material/bolt:"),
    FlowPage("business", "app_pages/business.py", ":material/storefront:"),
    FlowPage("test", "app_pages/test.py", ":material/science:"),
    FlowPage("publish", "app_pages/publish.py", ":material/publish:"),
)

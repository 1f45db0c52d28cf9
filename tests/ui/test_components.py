"""Our components are known to the pinned Streamlit, though its own search does not find them."""

from __future__ import annotations

import pytest
import streamlit
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from ui import components


def test_a_component_is_registered_with_the_script_that_was_built(monkeypatch: pytest.MonkeyPatch):
    manager = BidiComponentManager()
    monkeypatch.setattr(components, "get_bidi_component_manager", lambda: manager)
    monkeypatch.setattr("streamlit.components.v2.get_bidi_component_manager", lambda: manager)
    for entry, bundle in components.bundles().items():
        components.component(entry)
        assert manager.get_component_asset_root(f"leadline.{entry}") == components.FOLDER
        known = manager.get(f"leadline.{entry}")
        assert known is not None
        assert known.js_url == bundle.script


def test_a_component_that_does_not_exist_is_named():
    with pytest.raises(KeyError, match="of_the_future"):
        components.component("of_the_future")


def test_the_pinned_streamlit_mounts_our_component_on_a_page():
    def page() -> None:
        from ui.components import component

        component("canvas")(key="one", data={"height": 500}, height=500)

    shown = AppTest.from_function(page).run()
    assert not shown.exception
    (mounted,) = shown.get("bidi_component")
    assert mounted.proto.component_name == "leadline.canvas"
    assert streamlit.__version__ == "1.67.0", "look again at ui/components.py with this version"

"""The import page: five outcomes, each a report; then what is brought in, as what, with whose connections."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from engine.flow import shipped
from engine.flow.text import canonical
from engine.sdk import Json
from tests.support.background_house import House
from tests.support.page_text import words
from tests.support.seeded_calls import FLOW
from tests.ui.conftest import Shown
from ui.import_report import decoded, excerpt, excerpt_html, install_line
from ui.resources.imports import Need

Given = Callable[[str], AppTest]


def home(**changes: Json) -> dict[str, Json]:
    data: dict[str, Json] = json.loads(shipped.load("home_services").save())
    return data | changes


def with_fax(**changes: Json) -> dict[str, Json]:
    data = home(**changes)
    nodes, needs = data["nodes"], data["needs"]
    assert isinstance(nodes, list) and isinstance(needs, list)
    nodes.append({"id": "fax", "type": "acme.fax", "v": 3, "name": "Send a fax", "settings": {"pages": [1, 2.50]}})
    needs.append({"package": "acme-fax", "range": ">=3"})
    return data


@pytest.fixture
def give(show: Shown) -> Given:
    def upload(text: str) -> AppTest:
        page = show("import_flow")
        page.get("file_uploader")[0].upload("partner.json", text.encode(), "application/json")
        return page.run()

    return upload


def there(house: House, flow_id: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {house.token}"}
    found: dict[str, object] = httpx.get(f"{house.address}/flows/{flow_id}/draft", headers=headers).json()
    return found


def exported(house: House, flow_id: str) -> str:
    headers = {"Authorization": f"Bearer {house.token}"}
    return httpx.get(f"{house.address}/flows/{flow_id}/export", headers=headers).text


def names(house: House) -> set[str]:
    headers = {"Authorization": f"Bearer {house.token}"}
    return {each["name"] for each in httpx.get(f"{house.address}/flows", headers=headers).json()}


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def test_a_fine_file_is_reported_first_and_imported_on_request(give: Given, house: House) -> None:
    text = json.dumps(home(id="page_fine", name="Roofing of a partner"))
    page = give(text)
    assert "“Roofing of a partner” can be imported" in words(page)
    assert "Roofing of a partner" not in names(house)  # nothing is saved by looking
    press(page, "import-do")
    assert exported(house, "page_fine") == text
    assert page.query_params["flow"] in ("page_fine", ["page_fine"])


def test_a_flow_can_be_pasted(show: Shown, house: House) -> None:
    page = show("import_flow")
    press(page, "import-check")
    assert "Paste the text of a flow first" in page.info[0].value
    page.text_area[0].input(canonical(home(id="page_pasted", name="Pasted")))
    press(page, "import-check")
    assert "“Pasted” can be imported" in words(page)


def test_an_older_file_lists_what_was_changed(give: Given, house: House) -> None:
    old = home(id="page_older", name="Years ago")
    nodes = old["nodes"]
    assert isinstance(nodes, list) and isinstance(nodes[0], dict)
    nodes[0]["v"] = 0
    page = give(canonical(old))
    text = words(page)
    assert "“Years ago” was made with an older Leadline and was brought up to date" in text
    assert "The card “Start” was brought from version 0 of its type to 1." in text
    press(page, "import-do")
    assert there(house, "page_older")["name"] == "Years ago"


def test_missing_packages_are_named_with_the_line_that_installs_them_and_nothing_is_lost(
    give: Given, house: House
) -> None:
    text = json.dumps(with_fax(id="page_ghosts", name="Fax first"))
    page = give(text)
    shown = words(page)
    assert "“Fax first” uses cards that are not installed here" in shown
    assert "Send a fax acme.fax" in shown
    assert "cannot be published until their packages are installed" in shown
    assert page.code[0].value == 'pip install "acme-fax>=3"'
    press(page, "import-do")
    assert exported(house, "page_ghosts") == text


def test_a_flow_of_a_newer_leadline_is_kept_to_look_at_only(give: Given, house: House) -> None:
    text = json.dumps(home(id="page_newer", name="Tomorrow", format_version=7, made_with="Leadline 9.1"))
    page = give(text)
    shown = words(page)
    assert "“Tomorrow” was made with a newer Leadline" in shown
    assert "Leadline 9.1" in shown
    press(page, "import-do")
    assert there(house, "page_newer")["read_only"] is True
    assert exported(house, "page_newer") == text


def test_a_flow_of_a_far_newer_leadline_that_cannot_be_read_offers_nothing_to_save(give: Given) -> None:
    page = give(json.dumps({"format": "leadline.flow", "format_version": 9, "everything": "else"}))
    assert "was made with a newer Leadline" in words(page)
    assert [button.key for button in page.button if button.key == "import-do"] == []
    assert page.button(key="import-again")


def test_a_broken_file_is_refused_with_line_reason_and_the_lines_around_it(give: Given) -> None:
    broken = canonical(home()).replace('"name": "Robin",', '"name": Robin,')
    page = give(broken)
    text = words(page)
    number = broken.split("\n").index('    "name": Robin,') + 1
    assert "“partner.json” cannot be opened" in text
    assert f"Line {number}, position 13:" in text
    assert f'{number} "name": Robin,' in text
    assert "A comma or a quotation mark may be missing there" in text
    press(page, "import-again")
    assert page.get("file_uploader"), "one can choose again"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"recipe": "pancakes"}', "Choose a file that was exported from a Leadline flow."),
        (" " * (5 * 1024 * 1024 + 10), "Flow files have at most 5 MB"),
        ("\ufffd\x00PNG", "cannot be opened"),
    ],
)
def test_other_files_are_refused_in_words(give: Given, text: str, said: str) -> None:
    page = give(text)
    assert said in words(page)
    assert [button.key for button in page.button if button.key == "import-do"] == []


def test_a_flow_that_is_here_already_is_copied_unless_one_says_replace(give: Given, house: House) -> None:
    page = give(canonical(home(name="Second of its kind")))
    assert "is here already" in words(page)
    press(page, "import-do")
    assert there(house, FLOW)["name"] == "Home services: book an estimate"
    assert "Second of its kind" in names(house)


def test_replacing_is_one_edit_that_can_be_undone(give: Given, house: House) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    copy = httpx.post(f"{house.address}/flows/{FLOW}/copy", headers=headers, json={"name": "To be replaced"}).json()
    page = give(canonical(home(id=copy["id"], name="Replaced")))
    page.radio(key="import-exists").set_value("replace").run()
    press(page, "import-do")
    assert there(house, copy["id"])["name"] == "Replaced"
    (edit,) = httpx.get(f"{house.address}/flows/{copy['id']}/edits?since=1", headers=headers).json()["edits"]
    assert edit["inverse"]


def test_each_connection_is_mapped_to_one_of_ours_or_left(give: Given, house: House) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    settings = {"url": "https://crm.example/hook", "secret": "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="}
    made = httpx.put(
        f"{house.address}/connections/our_crm", headers=headers, json={"kind": "webhook", "settings": settings}
    )
    assert made.status_code == 200, made.text
    page = give(canonical(home(id="page_mapped", name="With our CRM")))
    assert "You have no connection that fits. It stays “mail”" in words(page)
    page.selectbox(key="import-connection-crm").select("our_crm").run()
    press(page, "import-do")
    document = there(house, "page_mapped")["document"]
    assert isinstance(document, dict)
    cards = {card["id"]: card["settings"] for card in document["nodes"]}
    assert (cards["tell_crm"]["connection"], cards["mail_office"]["connection"]) == ("our_crm", "mail")


def test_files_of_any_editor_are_read_and_others_do_no_harm() -> None:
    assert decoded("\ufeff{}".encode()) == "{}"
    assert decoded("{ü}".encode("utf-16")) == "{ü}"
    assert decoded(b"\x89PNG\xff") == "\ufffdPNG\ufffd"


def test_a_fault_in_a_very_long_line_stays_in_sight() -> None:
    line = "x" * 400 + "!" + "y" * 400
    (shown,) = excerpt(line, 1, 401)
    assert shown.text[shown.column - 1] == "!"
    assert shown.text.startswith("…") and shown.text.endswith("…")
    assert excerpt("one\ntwo", 9, 1) == []
    assert "<script" not in excerpt_html(excerpt("<script>", 1, 1))


def test_the_install_line_names_versions_only_where_they_matter() -> None:
    assert install_line([]) == ""
    assert install_line([Need("acme-fax", ">=3"), Need("plain")]) == 'pip install "acme-fax>=3" plain'

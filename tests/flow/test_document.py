"""Loading, saving and editing flow documents without losing a byte that nobody touched."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.document import FlowDocument, FlowNewer, FlowRefused
from engine.flow.edits import EditConflict, EditRefused, Insert, Put, Remove
from engine.flow.text import MAX_DEPTH, NotJson, canonical, equal, merge, parse, spans
from engine.flow.upgrade import UpgradeBroken

SMALL = (Path(__file__).parent / "bad" / "unreachable.json").read_text()

ODD = """{ "format": "leadline.flow",   "format_version":1,
\t"id":"odd", "name" : "Caf\\u00e9",  "start":"a", "x-new": {"kept": [1.0, 1e3, -0.50,  null]},
  "seller": {"legal_name":"L","say_as":"L","phone":"+14155550100", "rating": 4.50},
  "assistant":{"name":"R"}, "limits": {"silence_first_s": 5.0},
  "nodes":[ {"id":"a","type":"acme.ghost","name":"A","settings":{"big":1E3,  "deep":{"z":1,"a":2}}},
            {"id":"b","type":"end","name":"B"} ]
}"""


def test_an_untouched_document_is_saved_byte_for_byte():
    for text in (ODD, SMALL, "\ufeff" + ODD, ODD.replace("\n", "\r\n")):
        document = FlowDocument.load(text.encode())
        assert document.save() == text
        assert not document.changed


def test_an_edit_leaves_everything_else_as_it_was_written():
    edited = FlowDocument.load(ODD).edited(Put(path=("nodes", "b", "name"), value="Goodbye")).save()
    assert '{"kept": [1.0, 1e3, -0.50,  null]}' in edited
    assert '{"big":1E3,  "deep":{"z":1,"a":2}}' in edited
    assert '"rating": 4.50' in edited
    assert '"Caf\\u00e9"' in edited
    assert list(json.loads(edited)) == list(json.loads(ODD))
    assert json.loads(edited)["nodes"][1]["name"] == "Goodbye"


def test_a_ghost_card_survives_edits_around_it_byte_for_byte():
    ghost = '{"id":"a","type":"acme.ghost","name":"A","settings":{"big":1E3,  "deep":{"z":1,"a":2}}}'
    document = FlowDocument.load(ODD).edited(Remove(path=("nodes", "b")))
    document = document.edited(Insert(path=("nodes",), value={"id": "c", "type": "end", "name": "C"}))
    assert ghost in document.save()
    assert [card.id for card in document.flow.nodes] == ["a", "c"]


def test_undoing_an_edit_gives_the_original_text_back():
    document = FlowDocument.load(ODD).edited(Put(path=("name",), value="Other"))
    assert document.changed
    undone = document.replaced(json.loads(ODD))
    assert FlowDocument.load(undone.save()).data == json.loads(ODD)
    assert FlowDocument.load(ODD).replaced(json.loads(ODD)).save() == ODD


def test_a_whole_number_that_comes_back_from_a_browser_keeps_its_spelling():
    data = json.loads(ODD)
    data["limits"]["silence_first_s"] = 5
    data["name"] = "New"
    assert '"silence_first_s": 5.0' in FlowDocument.load(ODD).replaced(data).save()


def test_moving_a_card_to_the_front_keeps_the_text_of_both():
    data = json.loads(ODD)
    data["nodes"].reverse()
    saved = FlowDocument.load(ODD).replaced(data).save()
    assert '{"big":1E3,  "deep":{"z":1,"a":2}}' in saved
    assert json.loads(saved)["nodes"][1]["id"] == "a"


def test_a_path_that_leads_nowhere_says_so():
    document = FlowDocument.load(SMALL)
    for path in (("nodes", "nobody", "name"), ("nodes", 99)):
        with pytest.raises(EditConflict, match="removed nodes/"):
            document.edited(Put(path=path, value="x"))
    with pytest.raises(EditRefused, match="single value"):
        document.edited(Put(path=("edges", "e1", "to", "deeper"), value="x"))


def test_an_edit_that_makes_it_no_flow_is_refused_and_the_document_stays():
    document = FlowDocument.load(SMALL)
    with pytest.raises(FlowRefused, match="does not fit"):
        document.edited(Put(path=("slots", "zip", "type"), value="colour"))
    with pytest.raises(FlowRefused, match="used twice"):
        data = copy.deepcopy(document.data)
        data["slots"][0]["id"] = data["slots"][1]["id"]
        document.replaced(data)
    assert document.save() == SMALL


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ('{"format": "leadline.flow",\n "id": }', "not_json", 2, "value is missing"),
        ('{"format": "leadline.flow"\n "id": 1}', "not_json", 2, "comma"),
        ('{"a": "never ends', "not_json", 1, "closing quote"),
        ("", "not_json", 1, "value is missing"),
        (b'{"a":\n "\xff"}', "not_json", 2, "UTF-8"),
        ('{"format": "leadline.flow",\n\n "id": "a", "id": "b"}', "duplicate_key", 3, "“id” stands twice"),
        ('{"a": NaN}', "not_json", 1, "NaN is no number"),
        ('{"a":\n' + "9" * 5000 + "}", "not_json", 2, "no number"),
        ("[" * 70 + "]" * 70, "too_deep", 1, "nested"),
        ("[1, 2]", "wrong_format", 1, "no flow"),
        ('{"format": "acme.flow"}', "wrong_format", 1, "leadline.flow"),
        ('{"format": "leadline.flow", "format_version": "one"}', "wrong_format", 1, "format_version"),
    ],
)
def test_what_is_no_flow_is_refused_with_the_place(text: str | bytes, code: str, line: int, words: str):
    with pytest.raises(FlowRefused) as refused:
        FlowDocument.load(text)
    assert (refused.value.code, refused.value.line) == (code, line)
    assert words in refused.value.sentence


def test_a_missing_field_is_named_with_its_line():
    data = json.loads(SMALL)
    del data["slots"][1]["label"]
    text = canonical(data)
    with pytest.raises(FlowRefused) as refused:
        FlowDocument.load(text)
    assert refused.value.sentence == "“label” is missing at slots/1/label."
    assert refused.value.line == text[: text.index('"id": "zip"')].count("\n")


def test_double_ids_are_refused_at_the_second_one():
    data = json.loads(SMALL)
    data["nodes"].append(dict(data["nodes"][0]))
    with pytest.raises(FlowRefused) as refused:
        FlowDocument.load(canonical(data))
    assert refused.value.code == "duplicate_id"
    assert canonical(data).splitlines()[refused.value.line - 1].strip() == '"id": "hello",'


def test_a_file_beyond_five_megabytes_is_refused_unread():
    with pytest.raises(FlowRefused, match="up to 5 MB"):
        FlowDocument.load(b" " * (5 * 1024 * 1024 + 1))


def test_nesting_up_to_the_limit_is_fine_and_brackets_in_texts_do_not_count():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert parse('["' + "[" * 500 + '\\"{"]')


def test_hostile_texts_are_refused_quickly():
    for text in ('"' + '\\"' * 500_000, '{"a":' * 100_000, "[" * 1_000_000, '"\\' * 300_000):
        with pytest.raises(NotJson):
            parse(text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
@settings(max_examples=150)
def test_both_parsers_read_the_same(value: object):
    for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        assert equal(parse(text), value)
        assert equal(spans(text).value, value)


@given(JSON_VALUES, JSON_VALUES)
@settings(max_examples=150)
def test_merging_gives_the_new_value_whatever_stood_there(before: object, after: object):
    text = json.dumps(before)
    assert equal(json.loads(merge(after, text)), after)
    assert merge(before, text) == text


def to_v2(document: dict) -> tuple[dict, tuple[str, ...]]:
    document["name"] = document.pop("title")
    return document, ("“title” is now called “name”.",)


def to_v3(document: dict) -> tuple[dict, tuple[str, ...]]:
    document["description"] = "from step three"
    return document, ()


def old() -> str:
    data = json.loads(SMALL)
    data["title"] = data.pop("name")
    return canonical(data)


def test_an_old_flow_climbs_step_by_step_and_keeps_its_original_text():
    document = FlowDocument.load(old(), steps={1: to_v2, 2: to_v3}, version=3)
    assert document.flow.name == "Small flow with one defect: unreachable"
    assert document.flow.description == "from step three"
    assert document.flow.format_version == 3
    assert document.changes == ("“title” is now called “name”.",)
    assert document.original == old()
    assert json.loads(document.save())["format_version"] == 3


def test_upgrading_loses_no_card_and_no_edge_unseen():
    def careless(document: dict) -> tuple[dict, tuple[str, ...]]:
        document["edges"].pop()
        return document, ()

    with pytest.raises(UpgradeBroken, match="lost 1 of the edges"):
        FlowDocument.load(SMALL, steps={1: careless}, version=2)


def test_a_missing_step_is_our_fault_and_says_which():
    with pytest.raises(UpgradeBroken, match="from format 1 to 2"):
        FlowDocument.load(SMALL, steps={}, version=2)


def test_a_newer_flow_opens_read_only():
    newer = SMALL.replace('"format_version": 1', '"format_version": 3')
    document = FlowDocument.load(newer)
    assert document.read_only
    assert document.save() == newer
    with pytest.raises(FlowNewer, match="newer Leadline"):
        document.edited(Put(path=("name",), value="X"))


def test_a_newer_flow_that_cannot_be_read_is_named_as_such():
    with pytest.raises(FlowNewer) as newer:
        FlowDocument.load('{"format": "leadline.flow", "format_version": 9, "made_with": "Leadline 12"}')
    assert newer.value.format_version == 9
    assert "Leadline 12" in newer.value.sentence

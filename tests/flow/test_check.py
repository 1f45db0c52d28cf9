"""The validator: one golden bad flow per code, and what must not be called a defect."""

import json
from pathlib import Path

import pytest

from engine.flow.check import check
from engine.flow.issues import LEVELS, errors
from engine.flow.model import Flow
from tests.support.nodes import TYPES

BAD = Path(__file__).parent / "bad"
SENTENCES = json.loads((BAD / "sentences.json").read_text())
PLAIN_WORDS = ("None", "null", "KeyError", "regex", "json", "dict", "tuple", "invalid", "exception")


def small() -> dict:
    """A sound flow: that of `unreachable` without its island."""
    data = json.loads((BAD / "unreachable.json").read_text())
    data["nodes"] = [card for card in data["nodes"] if card["id"] != "island"]
    return data


def codes(data: dict) -> list[str]:
    return [issue.code for issue in check(Flow.model_validate(data), TYPES)]


def test_a_sound_flow_has_no_issues():
    assert codes(small()) == []


def test_every_code_has_a_golden_bad_flow_and_no_golden_is_left_over():
    files = {path.stem for path in BAD.glob("*.json")} - {"sentences"}
    assert files == set(LEVELS) == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(LEVELS))
def test_a_golden_bad_flow_yields_exactly_its_issue(code: str):
    issues = check(Flow.model_validate_json((BAD / f"{code}.json").read_text()), TYPES)
    assert [(each.code, each.level) for each in issues] == [(code, LEVELS[code])]
    assert {
        "address": str(issues[0].address),
        "sentence": issues[0].sentence,
        "fix": issues[0].fix,
    } == SENTENCES[code]


@pytest.mark.parametrize("code", sorted(LEVELS))
def test_issues_are_plain_sentences(code: str):
    for text in (SENTENCES[code]["sentence"], SENTENCES[code]["fix"]):
        assert text[0].isupper() or text[0] == "“"
        assert text.endswith(".")
        assert code not in text
        assert not any(word in text for word in PLAIN_WORDS)


def test_an_issue_about_a_secret_does_not_show_it():
    secret = json.loads((BAD / "secret_in_flow.json").read_text())["nodes"][-1]["settings"]["api_key"]
    issue = check(Flow.model_validate_json((BAD / "secret_in_flow.json").read_text()), TYPES)[0]
    assert secret not in repr(issue)


@pytest.mark.parametrize(
    "text",
    [
        "sk-live-0123456789abcdef0123",
        "Authorization: Bearer abcdefghijklmnop1234",
        "https://user:hunter22@example.com/hook",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    ],
)
def test_keys_and_passwords_are_found_in_any_text(text: str):
    data = small()
    data["nodes"][-1]["settings"]["body"] = text
    assert codes(data) == ["secret_in_flow"]


def test_an_email_address_is_no_secret():
    data = small()
    data["nodes"][-1]["settings"]["body"] = "Send it to office@example.com, see https://example.com/a@b"
    assert codes(data) == []


def test_removing_any_required_reflex_is_an_error():
    for place in range(3):
        data = small()
        del data["reflexes"][place]
        assert codes(data) == ["reflex_missing"]


def test_the_robot_reflex_may_be_reworded_but_must_admit_the_ai():
    data = small()
    data["reflexes"][0]["do"]["say"] = ["That's right, I'm artificial, and a colleague can help too."]
    assert codes(data) == []
    data["reflexes"][0]["do"]["say"] = ["I'm a real person, of course."]
    assert codes(data) == ["reflex_weakened"]


def test_a_reflex_jump_is_a_way_to_a_card():
    data = small()
    data["nodes"].append({"id": "later", "type": "t.bye", "name": "Later"})
    assert codes(data) == ["unreachable"]
    data["reflexes"][2]["do"]["go"] = "later"
    assert codes(data) == []


def test_a_reflex_that_jumps_to_booking_skips_what_booking_needs():
    data = small()
    data["reflexes"][2]["do"]["go"] = "reserve"
    assert codes(data) == ["needed_slot_missing"]


def test_a_rule_that_says_the_slot_is_known_is_as_good_as_asking():
    data = small()
    data["edges"].append(
        {"id": "e7", "from": {"node": "hello"}, "to": "reserve", "kind": "rule", "rule": {"slot": "zip", "is": "known"}}
    )
    assert codes(data) == []


def test_qualified_leads_have_told_what_the_hard_criteria_test():
    data = small()
    rule = {"qualification": True, "value": "qualified"}
    data["edges"].append({"id": "e7", "from": {"node": "hello"}, "to": "reserve", "kind": "rule", "rule": rule})
    assert codes(data) == []


def test_an_edge_into_the_middle_of_the_call_cannot_skip_the_disclosures():
    data = small()
    data["start"] = "ask"
    assert set(codes(data)) == {"question_before_disclosure", "unreachable"}


def test_a_card_may_disclose_and_ask_in_one_breath():
    data = small()
    data["nodes"][0]["settings"]["waits"] = True
    assert codes(data) == []


def test_a_ghost_is_reported_once_and_given_the_benefit_of_the_doubt():
    data = small()
    data["nodes"][0]["type"] = "acme.opening"
    data["nodes"][1]["type"] = "acme.questions"
    assert codes(data) == ["unknown_type", "unknown_type"]


def test_rules_in_settings_are_checked_like_rules_on_edges():
    data = small()
    data["nodes"][1]["settings"]["enough"] = {"slot": "zipp", "is": "known"}
    assert codes(data) == ["unknown_slot"]


def test_lists_named_in_settings_must_exist():
    data = small()
    data["nodes"][2] = {"id": "fork", "type": "t.find", "name": "Find", "settings": {"slot": "zip", "list": "area"}}
    for edge in data["edges"][2:4]:
        edge["from"]["exit"] = "found"
    data["edges"].append({"id": "e7", "from": {"node": "fork", "exit": "missing"}, "to": "bye"})
    assert codes(data) == []
    data["nodes"][2]["settings"]["list"] = "region"
    assert codes(data) == ["unknown_list"]


def test_older_settings_are_judged_after_their_migration():
    data = small()
    data["nodes"][1].update(v=1, settings={"wants": ["kind", "zip"]})
    assert codes(data) == []


def test_placeholders_that_a_type_uses_in_its_own_defaults_are_known():
    data = small()
    data["nodes"][3]["settings"]["offer"] = "How about {times}, {first_name}?"
    assert codes(data) == []


def test_a_criterion_must_not_ask_for_the_qualification():
    data = small()
    data["criteria"][0]["test"] = {"not": {"qualification": True, "value": "unqualified"}}
    data["nodes"][3]["settings"]["needs"] = []
    assert codes(data) == ["circular_criterion"]


def test_errors_come_before_warnings():
    data = small()
    data["nodes"].append({"id": "island", "type": "t.bye", "name": "Island"})
    data["seller"]["zone"] = "Nowhere/Else"
    issues = check(Flow.model_validate(data), TYPES)
    assert [each.level for each in issues] == ["error", "warning"]
    assert [each.code for each in errors(issues)] == ["bad_zone"]


def test_the_validator_knows_no_node_type_by_name():
    room = Path(__file__).parents[2] / "engine" / "flow"
    shipped = ("fixed_line", "set_slot", "look_up", "callback", "webhook")
    for module in [*(room / "checks").glob("*.py"), room / "check.py"]:
        source = module.read_text()
        assert not any(f'"{name}"' in source for name in shipped if name != "callback"), module


def test_a_key_in_place_of_a_connections_name_is_found():
    data = small()
    data["providers"] = {"mind": {"use": "gemini", "connection": "AIzaSyA0123456789abcdefghijklmnopqrstuvw"}}
    assert codes(data) == ["secret_in_flow"]


def test_services_left_to_the_settings_are_no_issue():
    data = small()
    data["providers"] = {"ear": {"use": "google"}, "voice": {"use": "local"}, "mind": {}}
    assert codes(data) == []

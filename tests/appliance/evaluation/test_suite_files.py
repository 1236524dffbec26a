"""Suite files: what is accepted, how it is read, and what an error names."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import UNSET

from appliance.errors import ConfigurationError
from appliance.evaluation import suite
from appliance.evaluation.model import Burst, Outcome, Say, Show, Silence

BASE = """
id: t-001
channel: web
now: 2026-03-02T10:00:00+08:00
customer: {id: C7, name: 甲, phone: "13100000000", level: normal, verified: true}
orders:
  - order_id: "900100"
    status: delivered
    paid_at: 2026-02-25T09:00:00+08:00
    shipped_at: 2026-02-26T09:00:00+08:00
    delivered_at: 2026-02-27T09:00:00+08:00
    lines: [{line_id: L1, sku: K1, title: 水杯, category: home, quantity: 1, unit_price_fen: 100, tags: []}]
opening: 退货
max_turns: 5
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "case.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_case_is_read_with_its_times_aware_and_its_order_as_it_stands(write: Write) -> None:
    case = suite.load_file(write(BASE))
    assert (case.id, case.opening, case.customer.verified) == ("t-001", Say(text="退货"), True)
    assert case.now.isoformat() == "2026-03-02T10:00:00+08:00"
    assert case.fixtures["orders"][0]["paid_at"] == "2026-02-25T09:00:00+08:00"


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("expct: {outcome: refused}", "expct"),
        ("expect: {outcom: refused}", "outcom"),
        ("expect: {case: {refund: 1}}", "refund"),
        ("answers: {colour: 红}", "colour"),
        ("interject: [{when: confirmation, say: 等等}]", "confirmation"),
        ("answers: {line: {picture: a.png}}", "picture"),
        ("attack: unheard_of", "unheard_of"),
        ("customers: [{id: X, nickname: 乙}]", "nickname"),
        ("catalog: [{sku: K1, product: P, spec: 白, price: 1, stock: 1}]", "price"),
        ("script: [一, 二]", "script"),
    ],
)
def test_an_unknown_key_or_word_is_an_error_that_names_file_and_key(write: Write, addition: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        suite.load_file(write(BASE + addition))
    assert "case.yaml" in error.value.detail
    assert named in error.value.detail


def test_an_unknown_key_of_an_order_is_named_with_its_place(write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"colour.*orders"):
        suite.load_file(write(BASE.replace("status: delivered", "status: delivered\n    colour: red")))


def test_what_is_said_stays_as_it_stands(write: Write) -> None:
    said = suite.load_file(
        write(BASE.replace("opening: 退货", 'script: [yes, 135, "", null_, 2026-03-02, true, 1.50]'))
    )
    assert [each.text for each in said.script if isinstance(each, Say)] == [
        "yes",
        "135",
        "",
        "null_",
        "2026-03-02",
        "true",
        "1.50",
    ]


def test_every_form_of_a_message_is_read(write: Write) -> None:
    answers = (
        "{evidence: [{silence_s: 40}, {image: a.jpg, caption: 字}, {burst: [一, {image: b.jpg}]}, {say: 哈, times: 3}]}"
    )
    case = suite.load_file(write(BASE + f"answers: {answers}"))
    assert case.answers["evidence"] == (
        Silence(seconds=40),
        Show(image="a.jpg", caption="字"),
        Burst(parts=(Say(text="一"), Show(image="b.jpg"))),
        Say(text="哈哈哈"),
    )


def test_a_single_answer_repeats_and_a_list_of_one_does_not(write: Write) -> None:
    case = suite.load_file(write(BASE + "answers: {line: 杯子, order: [那单]}"))
    assert case.repeating == {"line"}


def test_requests_are_never_read(write: Write) -> None:
    suite.load_file(write(BASE + "requests: [{whatever: 1}]"))


def test_an_absent_expectation_is_unset_and_null_is_none(write: Write) -> None:
    expect = suite.load_file(write(BASE + "expect: {outcome: [refused, answered], handoff_reason: null}")).expect
    assert expect.outcome == (Outcome.REFUSED, Outcome.ANSWERED)
    assert expect.handoff_reason is None
    assert expect.rule is UNSET


def test_a_folder_is_read_in_order_and_one_id_can_be_picked(tmp_path: Path) -> None:
    for n in (2, 1):
        (tmp_path / f"{n}.yaml").write_text(BASE.replace("t-001", f"t-{n}"), encoding="utf-8")
    assert [case.id for case in suite.load([tmp_path])] == ["t-1", "t-2"]
    assert [case.id for case in suite.load([tmp_path], only="t-2")] == ["t-2"]
    with pytest.raises(ConfigurationError, match="t-9"):
        suite.load([tmp_path], only="t-9")


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(BASE, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="unique"):
        suite.load([tmp_path])


def test_an_empty_folder_is_an_error_that_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.yaml"):
        suite.load([tmp_path])


def test_broken_yaml_is_an_error_that_names_the_file(write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"case\.yaml: not readable"):
        suite.load_file(write("id: [1"))


def test_the_products_own_suite_is_readable_and_large_enough() -> None:
    own = suite.load([Path(__file__).parents[2] / "suites" / "conversations"])
    assert len(own) >= 25

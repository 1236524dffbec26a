"""The register names every column about a person, in words that follow the declarations, and nothing else."""

import pytest

from tests.compliance import register


@pytest.mark.control("P-01", "M-34")
def test_every_table_about_a_person_says_about_whom_on_what_basis_and_who_gets_it() -> None:
    assert register.additions().tables.keys() == register.personal().keys()


@pytest.mark.control("P-01")
def test_every_sentence_of_the_declarations_is_said_in_chinese_and_no_other() -> None:
    assert register.additions().chinese.keys() == register.sentences()


@pytest.mark.control("P-01")
def test_the_register_is_what_would_be_generated() -> None:
    cure = "run: python -m tests.compliance"
    assert register.PAGE.read_text(encoding="utf-8") == register.render(), cure

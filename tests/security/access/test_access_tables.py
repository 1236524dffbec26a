"""Labels, roles and limits: every cell of the matrices, and what no setting can lower."""

import itertools
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.access.errors import RightsUnfit, RolesExclude
from security.access.labels import Category, Label, Level, joined, may_read
from security.access.limits import Limits
from security.access.permissions import ADMINISTRATORS, GRANTS, OWN, Permission, Role, checked, permissions_of
from security.access.rights import fitting

CATEGORIES = [Category.CUSTOMER, Category.MONEY, Category.AUDIT]
SETS = [frozenset(c) for n in range(len(CATEGORIES) + 1) for c in itertools.combinations(CATEGORIES, n)]
LABELS = [Label(level=level, categories=each) for level in Level for each in SETS]
ORDER = ["public", "internal", "sensitive", "core"]
ROLE_SETS = [frozenset(c) for n in range(1, len(Role) + 1) for c in itertools.combinations(Role, n)]
ALLOWED = [roles for roles in ROLE_SETS if not roles & ADMINISTRATORS or len(roles) == 1]


@pytest.mark.control("M-17")
def test_a_subject_reads_exactly_what_its_label_dominates() -> None:
    """All 32 × 32 pairs, against levels and categories compared by hand."""
    for subject, thing in itertools.product(LABELS, LABELS):
        is_high_enough = ORDER.index(subject.level) >= ORDER.index(thing.level)
        has_all = all(category in subject.categories for category in thing.categories)
        assert may_read(subject, thing) == (is_high_enough and has_all), (subject, thing)


@pytest.mark.control("M-17")
def test_what_is_made_of_two_things_is_no_lower_than_either() -> None:
    for one, other in itertools.product(LABELS, LABELS):
        made = joined(one, other)
        assert made.dominates(one)
        assert made.dominates(other)
        assert all(label.dominates(made) for label in LABELS if label.dominates(one) and label.dominates(other))


@pytest.mark.control("M-15")
def test_nobody_can_hold_everything() -> None:
    for roles in ALLOWED:
        assert permissions_of(checked(roles)) != frozenset(Permission), roles


@pytest.mark.control("M-15")
def test_administrators_exclude_each_other_and_the_business() -> None:
    for roles in ROLE_SETS:
        if roles in ALLOWED:
            assert checked(roles) == roles
        else:
            with pytest.raises(RolesExclude):
                checked(roles)


@pytest.mark.control("M-15")
def test_the_business_holds_no_right_of_an_administrator() -> None:
    administrative = permissions_of(ADMINISTRATORS) - OWN
    for role in set(Role) - ADMINISTRATORS:
        assert not GRANTS[role] & administrative, role


@pytest.mark.control("M-15", "M-41")
def test_only_the_auditor_reads_the_log_and_changes_nothing() -> None:
    audit = {Permission.AUDIT_READ, Permission.AUDIT_VERIFY, Permission.AUDIT_EXPORT}
    assert GRANTS[Role.AUDIT_ADMIN] == OWN | audit | {Permission.STAFF_READ, Permission.STAFF_CONFIRM}
    assert not any(GRANTS[role] & audit for role in set(Role) - {Role.AUDIT_ADMIN})


@pytest.mark.control("M-16")
def test_every_permission_is_somebodys_and_every_role_has_its_row() -> None:
    assert set(GRANTS) == set(Role)
    assert permissions_of(Role) == frozenset(Permission)


@pytest.mark.control("M-15")
def test_nobody_proposes_and_approves_the_same_alone() -> None:
    for role in set(Role) - ADMINISTRATORS:
        assert not {Permission.CASE_PROPOSE, Permission.CASE_APPROVE} <= GRANTS[role]
        assert not {Permission.POLICY_PROPOSE, Permission.POLICY_APPROVE} <= GRANTS[role]


@pytest.mark.control("M-17")
def test_a_clearance_beyond_the_roles_is_refused() -> None:
    lowered = Label(level=Level.INTERNAL)
    assert fitting([Role.AGENT], ["demo"], lowered).label == lowered
    with pytest.raises(RightsUnfit):
        fitting([Role.AGENT], ["demo"], Label(level=Level.CORE))
    with pytest.raises(RightsUnfit):
        fitting([Role.AGENT], ["demo"], Label(level=Level.PUBLIC, categories=frozenset({Category.AUDIT})))


def test_who_has_no_role_or_serves_a_shop_as_administrator_does_not_fit() -> None:
    for roles, shops in ([], []), ([Role.SEC_ADMIN], ["demo"]), ([Role.AGENT], [""]), ([Role.AGENT], ["a\n"]):
        with pytest.raises(RightsUnfit):
            fitting(roles, shops)


@pytest.mark.parametrize(
    ("name", "too_weak"),
    [
        ("password_length", 7),
        ("password_days", 181),
        ("passwords_remembered", 4),
        ("failures", 11),
        ("failure_window_min", 4),
        ("lock_min", 9),
        ("source_failures", 1001),
        ("idle_min", 31),
        ("absolute_h", 13),
        ("sessions", 6),
        ("unused_days", 181),
    ],
)
@pytest.mark.control("M-10", "M-11")
def test_no_number_goes_below_its_floor(name: str, too_weak: int) -> None:
    with pytest.raises(msgspec.ValidationError, match=name):
        Limits(**{name: too_weak}).checked()


@pytest.mark.control("M-13")
def test_a_second_factor_has_no_switch() -> None:
    """There is no number, field or word that could turn it off."""
    names = {field.name for field in msgspec.structs.fields(Limits)}
    assert not {name for name in names if "factor" in name or "totp" in name or "mfa" in name}


@given(st.sets(st.sampled_from(Role), min_size=1))
@pytest.mark.control("M-16")
def test_a_permission_comes_from_a_role_and_from_nowhere_else(roles: set[Role]) -> None:
    held = permissions_of(roles)
    assert all(any(permission in GRANTS[role] for role in roles) for permission in held)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_console_has_a_name_for_every_permission(language: str) -> None:
    words = Path(__file__).parents[3] / "appliance/console/src/console/words" / f"{language}-rights.ts"
    named = re.findall(r'^    "([a-z_]+:[a-z_]+)": "', words.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(Permission)

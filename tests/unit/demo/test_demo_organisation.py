"""Whether the demo organisation is whole: contracts, keys, references, repeatability, and nothing from the future."""

import pandas as pd
import pytest
from cxops import demo, tables
from cxops.demo import setting
from cxops.errors import ParameterError
from pandas.testing import assert_frame_equal

EXTRACT = pd.Timestamp("2026-01-01", tz="UTC")


@pytest.fixture(scope="module")
def small() -> dict[str, pd.DataFrame]:
    return demo.organisation(2_000, 7)


@pytest.mark.parametrize("size", [1, 3, 50, 2_000])
def test_every_table_keeps_its_contract_at_every_size(size: int) -> None:
    organisation = demo.organisation(size, 1)
    assert list(organisation) == list(tables.CONTRACTS)
    assert len(organisation["cases"]) == size
    for name, frame in organisation.items():
        conforming = tables.conform(name, frame)
        assert list(frame.columns) == list(conforming.columns)
        assert not frame.duplicated(tables.key(name)).any()


def test_the_same_call_gives_the_same_tables(small: dict[str, pd.DataFrame]) -> None:
    again = demo.organisation(2_000, 7)
    for name, frame in small.items():
        assert_frame_equal(again[name], frame)


def test_another_seed_is_another_organisation(small: dict[str, pd.DataFrame]) -> None:
    other = demo.organisation(2_000, 8)
    agreed = {"return_reasons", "scorecards", "skills", "pods", "decision_rights"}  # owe nothing to chance
    assert {name for name, frame in small.items() if other[name].equals(frame)} == agreed


def test_an_organisation_without_cases_is_refused() -> None:
    with pytest.raises(ParameterError, match="size must be at least 1: got 0"):
        demo.organisation(0, 1)


def test_its_size_is_what_the_parameters_say(demo_tables: dict[str, pd.DataFrame]) -> None:
    cases = demo_tables["cases"]
    assert len(cases) == 60_000
    assert 280_000 < len(demo_tables["steps"]) < 340_000
    quarters = cases["opened_at"].dt.tz_localize(None).dt.to_period("Q").astype(str)
    held = cases.groupby(["unit", quarters]).size()
    assert len(held) == 4 * 8
    assert held.min() > 1_000


def test_every_reference_leads_somewhere_in_the_same_unit(small: dict[str, pd.DataFrame]) -> None:
    for table, key, target in [
        ("cases", "customer_id", "customers"),
        ("contacts", "customer_id", "customers"),
        ("contacts", "case_id", "cases"),
        ("surveys", "customer_id", "customers"),
        ("surveys", "case_id", "cases"),
        ("surveys", "contact_id", "contacts"),
        ("feedback", "case_id", "cases"),
        ("feedback", "customer_id", "customers"),
        ("orders", "customer_id", "customers"),
        ("notices", "order_id", "orders"),
        ("returns", "order_id", "orders"),
        ("field_entries", "case_id", "cases"),
        ("workflow_starts", "case_id", "cases"),
    ]:
        rows = small[table].dropna(subset=key)
        unit = rows[key].map(small[target].set_index(key)["unit"])
        assert unit.eq(rows["unit"]).all(), (table, key)
    assert small["steps"]["case_id"].isin(small["cases"]["case_id"]).all()


def test_nothing_comes_from_after_the_extract(small: dict[str, pd.DataFrame]) -> None:
    for name, frame in small.items():
        for column in frame.select_dtypes("datetimetz"):
            assert frame[column].dropna().lt(EXTRACT).all(), (name, column)
            assert frame[column].dropna().ge(pd.Timestamp("2024-01-01", tz="UTC")).all(), (name, column)


def test_everybody_comes_in_opening_hours(small: dict[str, pd.DataFrame]) -> None:
    for moment in (small["cases"]["opened_at"], small["contacts"]["offered_at"], small["staffing"]["interval_start"]):
        assert moment.dt.hour.between(setting.OPENS, setting.CLOSES - 1).all()
        assert moment.dt.dayofweek.lt(6).all()


def test_cases_say_what_their_steps_say(demo_tables: dict[str, pd.DataFrame]) -> None:
    """A case is resolved when its last step is done, and reopened when anything follows a step that is done."""
    cases, steps = demo_tables["cases"].set_index("case_id"), demo_tables["steps"]
    last = steps.groupby("case_id").last()
    resolved = last["started_at"].where(last["status"] == "done").reindex(cases.index)
    assert resolved.equals(cases["resolved_at"].rename(resolved.name))
    followed = steps["status"].eq("done") & steps["case_id"].eq(steps["case_id"].shift(-1))
    assert followed.groupby(steps["case_id"]).any().reindex(cases.index).eq(cases["reopened"]).all()
    assert steps.groupby("case_id")["started_at"].first().reindex(cases.index).ge(cases["opened_at"]).all()
    assert 0.02 < cases["resolved_at"].isna().mean() < 0.04  # never touched again, or still open at the extract
    assert 0.04 < cases["reopened"].mean() < 0.08


def test_steps_of_a_case_follow_one_another(demo_tables: dict[str, pd.DataFrame]) -> None:
    steps = demo_tables["steps"]
    assert steps.equals(steps.sort_values(["case_id", "started_at", "step_seq"], ignore_index=True))
    after = steps.groupby("case_id")[["started_at", "step_seq"]].shift(-1)
    has_next = after["started_at"].notna()
    assert steps["ended_at"][has_next].le(after["started_at"][has_next]).all()
    assert after["step_seq"][has_next].eq(steps["step_seq"][has_next] + 1).all()
    unknown = steps["ended_at"].isna()
    assert 0 < unknown.sum() < 1_000
    assert not (unknown & has_next).any()  # only work in progress at the extract has no end


def test_staffing_counts_the_contacts_that_reach_people(small: dict[str, pd.DataFrame]) -> None:
    contacts, staffing = small["contacts"].query("not bot"), small["staffing"]
    assert staffing["offered"].sum() == len(contacts)
    assert staffing["answered"].sum() == contacts["answered_at"].notna().sum()
    assert staffing["abandoned"].sum() == contacts["abandoned"].sum()
    hour = contacts["offered_at"].dt.floor("h").rename("interval_start")
    offered = contacts.groupby(["unit", "team", hour]).size()
    held = staffing.set_index(["unit", "team", "interval_start"])["offered"]
    assert held[held > 0].sort_index().eq(offered.sort_index()).all()


def test_a_bot_neither_gives_up_nor_passes_on_and_only_chats_know_its_confidence(
    small: dict[str, pd.DataFrame],
) -> None:
    contacts = small["contacts"]
    assert not contacts.query("bot")[["abandoned", "transferred"]].any(axis=None)
    assert contacts.query("bot")["case_id"].isna().all()
    tried = contacts["bot_confidence"].notna()
    assert tried.eq(contacts["channel"].eq("chat") & contacts["case_id"].isna()).all()
    assert contacts["answered_at"].isna().ge(contacts["abandoned"]).all()


def test_only_those_who_answered_have_answers(small: dict[str, pd.DataFrame]) -> None:
    surveys = small["surveys"]
    answered = surveys["answered_at"].notna()
    assert surveys["csat"].notna().eq(answered).all()
    assert surveys["language"].notna().eq(answered).all()
    assert not surveys.loc[~answered, ["ces", "nps", "verbatim"]].notna().any(axis=None)
    assert surveys["case_id"].notna().ne(surveys["contact_id"].notna()).all()
    consent = surveys["customer_id"].map(small["customers"].set_index("customer_id")["consent"])
    assert consent.astype(bool).all()

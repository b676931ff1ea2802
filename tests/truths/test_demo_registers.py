"""What is planted in the demo organisation's registers is there, in its size, and nowhere else.

Measured with plain pandas from the definitions in the truths table. A planted size must lie within four standard errors
that are worked out here from the data; "nowhere else" is a test of equality at p > 0.001 over what is left, the control
unit included. Each fails by chance in one organisation in a thousand at most; the seed of the demo is fixed.
"""

import numpy as np
import pandas as pd
import pytest
from cxops.demo import setting
from cxops.demo.registers import agreements, deliveries, voices, workflows
from cxops.demo.truths import (
    BAD_FEELING,
    BAD_PACKING,
    COUPLED,
    FAILURE_RECURS,
    IMPATIENCE,
    MISSED_STARTS,
    REDESIGN,
    TELLING_HELPS,
    TOLD_LATE,
    WASTE,
    Truth,
)
from scipy.stats import chi2_contingency, fisher_exact, kruskal, norm

CHANCE = 0.001
ERRORS = 4.0


def planted(truth: Truth) -> float:
    """The measure where the truth holds."""
    assert truth.baseline is not None
    return truth.baseline * truth.size if truth.kind == "times" else truth.baseline + truth.size


def of_share(share: float, count: float) -> float:
    """Standard error of a share."""
    return float(np.sqrt(share * (1 - share) / count))


def equal_shares(rows: pd.DataFrame, by: str, claim: str) -> float:
    """Chi-squared p-value of equal shares."""
    return float(chi2_contingency(pd.crosstab(rows[by], rows[claim])).pvalue)


def equal(rows: pd.DataFrame, by: str, measure: str) -> float:
    """Kruskal–Wallis p-value of equal distributions."""
    return float(kruskal(*(group for _, group in rows.groupby(by)[measure])).pvalue)


def quarter(moment: pd.Series) -> pd.Series:
    return moment.dt.tz_localize(None).dt.to_period("Q").astype(str)


@pytest.fixture(scope="module")
def feedback(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = demo_tables["feedback"].assign(quarter=lambda rows: quarter(rows["said_at"]))
    there = (rows["unit"] == BAD_FEELING.unit) & (rows["step_id"] == BAD_FEELING.where["step_id"])
    return rows.assign(planted=there, has_issue=rows["issue"].notna(), step_id=rows["step_id"].fillna("none"))


def test_the_bad_feeling_is_there(feedback: pd.DataFrame) -> None:
    here = feedback.query("planted")["sentiment"].dropna()
    assert here.mean() == pytest.approx(planted(BAD_FEELING), abs=ERRORS * here.sem())
    low, high = norm.interval(0.999, here.mean(), here.sem())
    assert high < feedback.query("unit == @BAD_FEELING.unit")["sentiment"].mean()


@pytest.mark.parametrize("unit", setting.UNITS)
def test_elsewhere_every_step_feels_alike(feedback: pd.DataFrame, unit: str) -> None:
    here = feedback.query("not planted and unit == @unit").dropna(subset="sentiment")
    assert here["sentiment"].mean() == pytest.approx(setting.SENTIMENT, abs=ERRORS * here["sentiment"].sem())
    assert all(equal(here, by, "sentiment") > CHANCE for by in ("step_id", "quarter", "channel"))
    assert equal_shares(here, "step_id", "has_issue") > CHANCE


def test_elsewhere_every_unit_feels_alike(feedback: pd.DataFrame) -> None:
    usual = feedback.query("not planted")
    assert equal(usual.dropna(subset="sentiment"), "unit", "sentiment") > CHANCE
    assert equal_shares(usual, "unit", "has_issue") > CHANCE


def test_some_remarks_are_about_no_step_of_the_map(feedback: pd.DataFrame) -> None:
    share = feedback["step_id"].value_counts(normalize=True)
    error = of_share(0.02, len(feedback))
    assert share[voices.ELSEWHERE] == pytest.approx(voices._ELSEWHERE_SHARE, abs=ERRORS * error)
    assert share["none"] == pytest.approx(voices._NOWHERE_SHARE, abs=ERRORS * of_share(0.03, len(feedback)))


@pytest.fixture(scope="module")
def expectations(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = demo_tables["expectations"]
    there = (rows["unit"] == IMPATIENCE.unit) & (rows["stage"] == IMPATIENCE.where["stage"])
    usual = rows["stage"].map(dict(zip(setting.STAGES, setting.TOLERANCE_HOURS, strict=True)))
    return rows.assign(planted=there, relative=np.log(rows["tolerance_hours"] / usual))


def test_customers_expect_it_sooner_in_one_place(expectations: pd.DataFrame) -> None:
    here = np.log(expectations.query("planted")["tolerance_hours"])
    # the standard error of the median of a normal sample is √(π / 2) times that of its mean
    assert here.median() == pytest.approx(np.log(planted(IMPATIENCE)), abs=ERRORS * np.sqrt(np.pi / 2) * here.sem())


@pytest.mark.parametrize("stage", setting.STAGES)
def test_elsewhere_customers_expect_the_same(expectations: pd.DataFrame, stage: str) -> None:
    usual = expectations.query("stage == @stage and not planted")
    assert usual["relative"].median() == pytest.approx(0, abs=ERRORS * np.sqrt(np.pi / 2) * usual["relative"].sem())
    assert equal(usual, "unit", "relative") > CHANCE


@pytest.fixture(scope="module")
def needed(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Orders that a disruption touched, and whether their customers were told before they asked."""
    rows = demo_tables["notices"].assign(needed=lambda rows: rows["needed"].astype(bool)).query("needed")
    asked_before = rows["contacted_at"] < rows["notified_at"]
    return rows.assign(told_first=rows["notified_at"].notna() & ~asked_before, quarter=quarter(rows["detected_at"]))


def test_customers_are_told_late_in_one_unit(needed: pd.DataFrame) -> None:
    here = needed.query("unit == @TOLD_LATE.unit")["told_first"]
    error = of_share(planted(TOLD_LATE), len(here))
    assert here.mean() == pytest.approx(planted(TOLD_LATE), abs=ERRORS * error)
    assert here.mean() + ERRORS * error < setting.TOLD_FIRST_SHARE


def test_customers_are_told_as_early_elsewhere(needed: pd.DataFrame) -> None:
    usual = needed.query("unit != @TOLD_LATE.unit")
    assert equal_shares(usual, "unit", "told_first") > CHANCE
    for by in ("quarter", "disruption_type"):
        assert all(equal_shares(here, by, "told_first") > CHANCE for _, here in needed.groupby("unit"))
    for _, here in usual.groupby("unit")["told_first"]:
        assert here.mean() == pytest.approx(
            setting.TOLD_FIRST_SHARE, abs=ERRORS * of_share(setting.TOLD_FIRST_SHARE, len(here))
        )


def test_telling_first_saves_contacts_in_one_unit(needed: pd.DataFrame) -> None:
    told = needed.query("unit == @TELLING_HELPS.unit and told_first")["contacted_at"].notna()
    error = of_share(planted(TELLING_HELPS), len(told))
    assert told.mean() == pytest.approx(planted(TELLING_HELPS), abs=ERRORS * error)
    usual = needed.query("unit != @TELLING_HELPS.unit or not told_first")
    rows = usual.assign(asked=usual["contacted_at"].notna())
    assert equal_shares(rows, "unit", "asked") > CHANCE
    assert all(
        equal_shares(here, "told_first", "asked") > CHANCE
        for _, here in rows.query("unit != @TELLING_HELPS.unit").groupby("unit")
    )
    assert rows["asked"].mean() == pytest.approx(setting.ASKED_SHARE, abs=ERRORS * of_share(2 / 3, len(rows)))


def test_nobody_asks_before_the_first_notices_are_out(needed: pd.DataFrame) -> None:
    told, asked = (
        (needed[name] - needed["detected_at"]).dt.total_seconds() / 3_600 for name in ("notified_at", "contacted_at")
    )
    assert told[needed["told_first"]].max() <= 24 <= asked.min() <= asked.max() <= 72


def test_notices_without_need_are_as_many_everywhere(demo_tables: dict[str, pd.DataFrame]) -> None:
    rows = demo_tables["notices"]
    assert equal_shares(rows, "unit", "needed") > CHANCE
    assert rows.query("not needed")["notified_at"].notna().all()


@pytest.fixture(scope="module")
def orders(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Orders, and whether they came back for a reason that packing alone causes, or for another."""
    orders = demo_tables["orders"].merge(
        demo_tables["returns"][["order_id", "reason"]], "left", "order_id", validate="1:1"
    )
    stages = demo_tables["return_reasons"].groupby("reason")["stage"].agg(list)
    alone = stages.index[[each == [BAD_PACKING.where["return_reasons.stage"]] for each in stages]]
    there = (orders["unit"] == BAD_PACKING.unit) & (orders["carrier"] == BAD_PACKING.where["orders.carrier"])
    by_packing = orders["reason"].isin(alone)
    # what was ordered late may still come back after the extract, from everywhere alike
    is_known = orders["ordered_at"] < pd.Timestamp("2025-11-01", tz="UTC")
    return orders.assign(planted=there, by_packing=by_packing, otherwise=orders["reason"].notna() & ~by_packing)[
        is_known
    ]


def test_one_carriers_packing_brings_returns(orders: pd.DataFrame) -> None:
    here = orders.query("planted")["by_packing"]
    error = of_share(planted(BAD_PACKING), len(here))
    assert here.mean() == pytest.approx(planted(BAD_PACKING), abs=ERRORS * error)
    others = orders.query("unit == @BAD_PACKING.unit and not planted")["by_packing"]
    assert fisher_exact([[here.sum(), (~here).sum()], [others.sum(), (~others).sum()]]).pvalue < CHANCE


def test_elsewhere_returns_are_alike(orders: pd.DataFrame) -> None:
    usual = orders.query("not planted")
    for by in ("unit", "carrier"):
        assert equal_shares(usual, by, "by_packing") > CHANCE
        assert equal_shares(orders, by, "otherwise") > CHANCE
    assert equal_shares(usual.query("unit == @setting.CONTROL"), "carrier", "by_packing") > CHANCE
    assert equal_shares(usual, "lot", "by_packing") > CHANCE
    for reason, (share, _) in setting.RETURN_REASONS.items():
        rows = usual["reason"].eq(reason)
        assert rows.mean() == pytest.approx(share, abs=ERRORS * of_share(share, len(rows))), reason


@pytest.mark.parametrize("unit", setting.UNITS)
def test_no_fewer_come_back_since_packing_was_changed(
    orders: pd.DataFrame, demo_tables: dict[str, pd.DataFrame], unit: str
) -> None:
    (changed,) = demo_tables["changes"].query("unit == @unit and activities == @agreements.REPACKED")["changed_at"]
    usual = orders.query("unit == @unit and not planted")
    assert equal_shares(usual.assign(late=usual["ordered_at"] > changed), "late", "by_packing") > CHANCE


@pytest.fixture(scope="module")
def observations(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = demo_tables["time_studies"]
    return rows.assign(is_waste=rows["value_class"] == WASTE.where["value_class"])


def waste(rows: pd.DataFrame) -> tuple[float, float]:
    """Share of the time that is waste, and its standard error as a ratio of means."""
    share = rows["seconds"][rows["is_waste"]].sum() / rows["seconds"].sum()
    residual = rows["seconds"] * (rows["is_waste"] - share)
    return float(share), float(residual.std() / np.sqrt(len(rows)) / rows["seconds"].mean())


@pytest.mark.parametrize("unit", setting.UNITS)
def test_waste_is_more_in_one_unit_only(observations: pd.DataFrame, unit: str) -> None:
    share, error = waste(observations.query("unit == @unit"))
    assert share == pytest.approx(planted(WASTE) if unit == WASTE.unit else setting.WASTE_SHARE, abs=ERRORS * error)
    if unit == WASTE.unit:
        assert share - 3 * error > setting.WASTE_SHARE


def test_apart_from_that_the_work_is_alike(observations: pd.DataFrame) -> None:
    assert all(equal(observations, by, "seconds") > CHANCE for by in ("unit", "step_id", "value_class", "observer"))
    assert equal_shares(observations.query("unit != @WASTE.unit"), "unit", "value_class") > CHANCE
    for _, here in observations.groupby("unit"):
        assert equal_shares(here, "step_id", "is_waste") > CHANCE


def test_values_typed_again_are_known_by_their_hash(demo_tables: dict[str, pd.DataFrame]) -> None:
    entries = demo_tables["field_entries"]
    again = entries[entries["system"] != "CRM"].merge(
        entries[entries["system"] == "CRM"], on=["case_id", "value_hash"], suffixes=("", "_first")
    )
    pairs = again.groupby(["field_first", "field"]).size()
    assert set(pairs.index) == {("postcode", "postal_code"), ("account_number", "account_no"), ("postcode", "zip")}
    assert entries.groupby("value_hash")["case_id"].nunique().max() == 1
    systems = demo_tables["field_entries"].groupby("unit")["system"].value_counts().unstack()
    assert chi2_contingency(systems).pvalue > CHANCE


@pytest.fixture(scope="module")
def audits(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = demo_tables["handoff_audits"]
    names = ["from_team", "to_team", "failure_code"]
    late = rows["quarter"] >= "2025Q1"
    for name, truth in (("recurs", FAILURE_RECURS), ("redesigned", REDESIGN)):
        assert truth.from_on == "2025-01-01"
        there = (rows["unit"] == truth.unit) & (rows[names] == [truth.where[each] for each in names]).all(axis=1)
        rows = rows.assign(**{name: there & late, f"{name}_pair": there})
    return rows.assign(share=rows["failures"] / rows["handoffs"])


def test_the_failure_recurs_in_every_quarter_of_the_second_year(audits: pd.DataFrame) -> None:
    here = audits.query("recurs")
    assert len(here) == 4  # at least three in a row
    for row in here.itertuples():
        assert row.share == pytest.approx(
            planted(FAILURE_RECURS), abs=ERRORS * of_share(planted(FAILURE_RECURS), row.handoffs)
        )
        assert row.share > setting.FAILURE_SHARE + 3 * of_share(setting.FAILURE_SHARE, row.handoffs)


def test_the_redesign_halves_its_failure(audits: pd.DataFrame) -> None:
    pair = audits.query("redesigned_pair").groupby("redesigned")[["failures", "handoffs"]].sum()
    before, after = pair["failures"] / pair["handoffs"]
    error = of_share(planted(REDESIGN), pair["handoffs"][True])
    assert after == pytest.approx(planted(REDESIGN), abs=ERRORS * error)
    assert before - after > 2 * np.hypot(error, of_share(setting.FAILURE_SHARE, pair["handoffs"][False]))
    assert audits.query("redesigned")["redesign_id"].notna().all()


def test_elsewhere_handovers_fail_as_often(audits: pd.DataFrame) -> None:
    usual = audits.query("not recurs and not redesigned")
    for by in ("unit", "quarter", "from_team", "to_team", "failure_code"):
        summed = usual.groupby(by)[["failures", "handoffs"]].sum()
        fine = summed["handoffs"] - summed["failures"]
        assert chi2_contingency(np.column_stack([summed["failures"], fine])).pvalue > CHANCE, by
    by_chance = np.sqrt(setting.FAILURE_SHARE * (1 - setting.FAILURE_SHARE) / usual["handoffs"])
    scatter = ((usual["share"] - setting.FAILURE_SHARE) / by_chance).std()
    assert scatter == pytest.approx(1, abs=ERRORS / np.sqrt(2 * len(usual)))


def test_the_redesign_of_the_control_unit_changes_nothing(audits: pd.DataFrame) -> None:
    control = audits.query("unit == @setting.CONTROL")
    pairs = control[control["redesign_id"].notna()][["from_team", "to_team"]].drop_duplicates()
    assert len(pairs) == 1
    both = control.merge(pairs).assign(late=lambda rows: rows["redesign_id"].notna())
    for _, each in both.groupby("failure_code"):
        summed = each.groupby("late")[["failures", "handoffs"]].sum()
        counts = np.column_stack([summed["failures"], summed["handoffs"] - summed["failures"]])
        assert chi2_contingency(counts).pvalue > CHANCE


@pytest.fixture(scope="module")
def touched(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per change: the unit, and for each activity whether it was touched."""
    changes = demo_tables["changes"].query("activities != @agreements.REPACKED", engine="python")
    return changes[["unit"]].join(changes["activities"].str.get_dummies("; ").astype(bool))


def test_two_activities_change_together(touched: pd.DataFrame) -> None:
    one, other = COUPLED.where["activity"], COUPLED.where["other_activity"]
    here = touched.query("unit == @COUPLED.unit")
    both = here.loc[here[one], other]
    assert both.mean() == pytest.approx(planted(COUPLED), abs=ERRORS * of_share(planted(COUPLED), len(both)))
    assert fisher_exact(pd.crosstab(here[one], here[other])).pvalue < 0.01  # some thirty changes: no more can be asked


def test_elsewhere_activities_change_by_themselves(touched: pd.DataFrame) -> None:
    """Among changes to one activity the other is touched as often as any, pair by pair."""
    usual = touched.query("unit != @COUPLED.unit").drop(columns="unit")
    assert set(usual) == set(agreements.CHANGEABLE)
    shares = [
        (usual.loc[usual[one], other].sum(), usual[one].sum()) for one in usual for other in usual if one != other
    ]
    pooled = sum(both for both, _ in shares) / sum(count for _, count in shares)
    assert pooled == pytest.approx(setting.TOUCHED_SHARE, abs=ERRORS * of_share(0.2, len(usual)))
    for both, count in shares:
        assert both / count == pytest.approx(setting.TOUCHED_SHARE, abs=ERRORS * of_share(0.2, count))


@pytest.fixture(scope="module")
def reached(demo_tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per case and workflow: whether the case reaches its decision point, and whether it started."""
    cases = demo_tables["cases"].merge(demo_tables["customers"][["customer_id", "churn_risk"]], "left", "customer_id")
    cases = cases[cases["opened_at"] < pd.Timestamp("2025-12-29", tz="UTC")]  # time enough to start
    points = {
        "retention_call": cases["churn_risk"] >= workflows.AT_RISK,
        "fast_lane": cases["priority"] == "Urgent",
        "complaint_review": cases["reason"] == "Complaint",
    }
    started = demo_tables["workflow_starts"].groupby("workflow")["case_id"].agg(set)
    rows = [
        cases.assign(workflow=name, reached=due, started=cases["case_id"].isin(started[name]))
        for name, due in points.items()
    ]
    return pd.concat(rows)[["case_id", "unit", "opened_at", "workflow", "reached", "started"]]


@pytest.mark.parametrize("unit", setting.UNITS)
@pytest.mark.parametrize("workflow", workflows.WORKFLOWS)
def test_workflows_start_less_often_in_one_unit(reached: pd.DataFrame, unit: str, workflow: str) -> None:
    here = reached.query("unit == @unit and workflow == @workflow and reached")
    share = planted(MISSED_STARTS) if unit == MISSED_STARTS.unit else setting.STARTED_SHARE
    assert here["started"].mean() == pytest.approx(share, abs=ERRORS * of_share(share, len(here)))
    assert equal_shares(here.assign(quarter=quarter(here["opened_at"])), "quarter", "started") > CHANCE


def test_starts_are_as_precise_everywhere(reached: pd.DataFrame) -> None:
    started = reached.query("started")
    assert 0.93 < started["reached"].mean() < 0.97
    assert equal_shares(started, "unit", "reached") > CHANCE


def test_a_workflow_that_starts_does_so_in_time(demo_tables: dict[str, pd.DataFrame]) -> None:
    starts = demo_tables["workflow_starts"].drop_duplicates(["case_id", "workflow"])
    starts = starts.merge(demo_tables["cases"][["case_id", "opened_at"]], on="case_id", validate="m:1")
    hours = (starts["started_at"] - starts["opened_at"]).dt.total_seconds() / 3600
    part = hours / starts["workflow"].map(workflows.WORKFLOWS)
    assert part.min() > 0
    assert (part <= 1).mean() > 0.99
    assert equal(starts.assign(part=part), "unit", "part") > CHANCE


def test_carriers_and_lots_are_drawn_alike_in_every_unit(demo_tables: dict[str, pd.DataFrame]) -> None:
    rows = demo_tables["orders"]
    assert set(rows["carrier"]) == set(deliveries.CARRIERS)
    assert equal_shares(rows, "unit", "carrier") > CHANCE
    assert equal_shares(rows, "unit", "lot") > CHANCE

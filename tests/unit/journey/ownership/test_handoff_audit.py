"""The audit of handoffs: what recurs, what a redesign did, what nobody audited; runs against enumeration."""

from itertools import groupby, permutations

import numpy as np
import pandas as pd
import pytest
from cxops import journey
from cxops.errors import ParameterError
from cxops.findings import Verdict
from cxops.journey.charts import failure_pareto_figure
from cxops.journey.findings import audit_findings
from cxops.journey.statistics.holm import holm
from cxops.journey.statistics.runs import runs_p_value
from scipy import stats
from statsmodels.stats.multitest import multipletests

QUARTERS = ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4"]
LIMITS = {"minimum_count": 5, "alpha": 0.01, "material_ratio": 1.25}
RECURS = {"acceptable_share": 0.05, "quarters": 3, "minimum_count": 5, "alpha": 0.01}


def audit(
    *failures: int | None, code: str = "no phone", handoffs: int = 200, redesign: dict | None = None, to: str = "B"
):
    """One row per quarter that was audited, with so many failures of `handoffs`; None: not audited."""
    rows = [
        ("North", quarter, "A", to, code, handoffs, count, (redesign or {}).get(quarter))
        for quarter, count in zip(QUARTERS, failures, strict=False)
        if count is not None
    ]
    names = ["unit", "quarter", "from_team", "to_team", "failure_code", "handoffs", "failures", "redesign_id"]
    return pd.DataFrame(rows, columns=names)


def test_handoffs_looked_at_for_several_failures_count_once():
    """200 handoffs of A → B with two codes, 90 of A → C, in two units: 2 × (200 + 90) looked at, not 2 × 490."""
    one = pd.concat([audit(4), audit(7, code="no name", handoffs=150), audit(2, to="C", handoffs=90)])
    both = pd.concat([one, one.assign(unit="South"), audit(None, 3)])
    found = journey.audits_by_quarter(both, "2024Q2")
    assert found.to_numpy().tolist() == [["2024Q2", 1, 200, 3], ["2024Q1", 2, 580, 26]]
    assert list(found) == ["quarter", "pairs", "handoffs", "failures"]
    assert journey.audits_by_quarter(both, "2024Q1")["quarter"].tolist() == ["2024Q1"]
    assert journey.audits_by_quarter(both.iloc[:0], "2024Q1").empty


def test_c3_m2_b5_a_failure_planted_in_three_consecutive_quarters_is_recurrent():
    row = journey.recurrence(audit(4, 5, 4, 6, 40, 42, 44), "2025Q3", **RECURS).iloc[0]
    assert (row["longest"], row["current"], row["above"], row["audited"]) == (3, 3, 3, 7)
    assert (row["failures"], row["handoffs"]) == (126, 600)
    assert row["is_recurrent"] and row["is_signal"]
    assert row["p_value"] == pytest.approx(28 * stats.binom.sf(125, 600, 0.05))  # 7 quarters hold 28 rows of quarters
    assert (row["runs"], row["runs_p_value"]) == (2, pytest.approx(2 / 35))


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        ((4, 40, 42, 4, 44, 4), 2),  # never three in a row
        ((4, 40, None, 42, 44, 4), 2),  # nobody knows about the quarter that was not audited
        ((10, 10, 10, 10), 0),  # 5 % is the acceptable level, and not above it
    ],
)
def test_c3_m2_b5_what_is_not_above_for_three_quarters_in_a_row_is_not_recurrent(failures, longest):
    row = journey.recurrence(audit(*failures), "2025Q4", **RECURS).iloc[0]
    assert row["longest"] == longest
    assert not row["is_recurrent"] and not row["is_signal"]


def test_c3_m2_b5_three_quarters_barely_above_may_be_chance():
    row = journey.recurrence(audit(4, 11, 11, 11), "2024Q4", **RECURS).iloc[0]
    assert row["is_recurrent"] and not row["is_signal"]


def test_later_quarters_are_not_known_yet_and_the_current_row_ends_now():
    history = audit(4, 40, 42, 44, 4, 40)
    assert journey.recurrence(history, "2024Q3", **RECURS).iloc[0][["longest", "current"]].tolist() == [2, 2]
    assert journey.recurrence(history, "2025Q1", **RECURS).iloc[0][["longest", "current"]].tolist() == [3, 0]


def test_a_failure_in_one_quarter_does_not_recur_by_definition():
    with pytest.raises(ParameterError, match="at least 2 quarters: got 1"):
        journey.recurrence(audit(1), "2024Q1", **RECURS | {"quarters": 1})


def test_c3_m2_b5_chance_alone_is_called_recurrent_in_few_of_200_registers():
    rng = np.random.default_rng(11)
    named = 0
    for _ in range(200):
        codes = [audit(*rng.binomial(200, 0.05, 8), code=f"code {number}") for number in range(12)]
        named += bool(journey.recurrence(pd.concat(codes), "2025Q4", **RECURS | {"alpha": 0.05})["is_signal"].any())
    assert named <= 10  # at most 5 % of 200


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 4), (5, 2)])
def test_the_chance_of_few_runs_equals_the_count_of_all_orders(first, second):
    orders = set(permutations("a" * first + "b" * second))
    runs = [len(list(groupby(order))) for order in orders]
    for most in range(2, first + second + 1):
        assert runs_p_value(most, first, second) == pytest.approx(np.mean([each <= most for each in runs]))
    assert np.isnan(runs_p_value(1, 0, 5))


def test_c3_m2_b5_a_redesign_planted_to_halve_the_rate_has_an_interval_that_excludes_0():
    in_force = dict.fromkeys(QUARTERS[4:], "checklist")
    history = audit(*[40] * 4, *[20] * 4, redesign=in_force)
    row = journey.audited_redesigns(history, "2025Q4", **LIMITS).iloc[0]
    assert (row["redesign_id"], row["since"]) == ("checklist", "2025Q1")
    assert (row["share_before"], row["share_after"], row["ratio"]) == (0.2, 0.1, 0.5)
    # Newcombe's hybrid of the Wilson intervals 0.1738 to 0.2291 and 0.0811 to 0.1227, by hand
    low = -0.1 - np.sqrt((0.1 - 0.0811) ** 2 + (0.2291 - 0.2) ** 2)
    high = -0.1 + np.sqrt((0.1227 - 0.1) ** 2 + (0.2 - 0.1738) ** 2)
    assert [row["difference_low"], row["difference_high"]] == pytest.approx([low, high], abs=5e-4)
    assert row["difference_high"] < 0 and row["is_signal"]


def test_c3_m2_b5_a_redesign_that_does_nothing_is_no_signal():
    history = audit(*[40] * 8, redesign=dict.fromkeys(QUARTERS[4:], "checklist"))
    row = journey.audited_redesigns(history, "2025Q4", **LIMITS).iloc[0]
    assert row["difference"] == 0 and row["p_value"] == 1.0 and not row["is_signal"]


def test_a_second_redesign_is_held_against_the_first_and_one_from_the_start_against_nothing():
    in_force = dict.fromkeys(QUARTERS[:4], "first") | dict.fromkeys(QUARTERS[4:], "second")
    found = journey.audited_redesigns(audit(*[40] * 4, *[20] * 4, redesign=in_force), "2025Q4", **LIMITS)
    by_id = found.set_index("redesign_id")
    assert by_id.loc["second", "events_before"] == 160
    assert by_id.loc["first", "trials_before"] == 0 and pd.isna(by_id.loc["first", "p_value"])


def test_c3_m2_b5_a_pair_that_hands_over_and_was_not_audited_this_quarter_is_overdue(log):
    rows = []
    for number in range(6):
        for to, start in (("B", 0), ("C", 10)):
            case = f"{to}{number}"
            rows += [(case, "A", "active", start, start + 1), (case, to, "active", start + 3, start + 4)]
    steps = log(*rows)  # in January 2025
    pairs = journey.pairs_in_quarter(journey.handoffs(steps), "2025Q1").execute()
    audits = pd.concat([audit(1, 1, 1, 1, 1), audit(1, 1, 1, to="C")])
    (row,) = journey.overdue(pairs, audits, "2025Q1", minimum_count=5).to_dict("records")
    assert (row["to_team"], row["handoffs"], row["latency_hours_total"]) == ("C", 6, 12.0)
    assert (row["last_audited"], row["quarters_since"]) == ("2024Q3", 2)
    assert journey.overdue(pairs, audits, "2025Q1", minimum_count=7).empty
    assert journey.overdue(pairs, audits.head(0), "2025Q1", minimum_count=5).empty  # no audit was ever agreed
    never = journey.overdue(pairs, audit(1, 1, 1, 1, 1), "2025Q1", minimum_count=5).iloc[0]
    assert pd.isna(never["last_audited"]) and pd.isna(never["quarters_since"])
    assert journey.pairs_in_quarter(journey.handoffs(steps), "2024Q4").execute().empty


def test_the_quarter_is_the_one_asked_for_or_the_last_of_register_and_log(log, nothing):
    steps = log(("1", "A", "active", 0, 1))  # in January 2025
    assert journey.audited_quarter("2024Q2", audit(1), steps) == "2024Q2"
    assert journey.audited_quarter("all", audit(1), steps) == "2025Q1"
    assert journey.audited_quarter("all", audit(1, 1, 1, 1, 1, 1), steps) == "2025Q2"
    assert journey.audited_quarter("all", audit(), nothing) == ""


def test_c3_m2_b5_rates_by_pair_and_code_and_their_pareto():
    few = audit(3, handoffs=4, code="rare")
    audits = pd.concat([audit(30), audit(10, code="wrong team"), audit(20).assign(unit="South"), few])
    rates = journey.failure_rates(audits, "2024Q1", minimum_count=5)
    assert rates.iloc[2][["handoffs", "failures", "share", "share_low", "share_high"]].isna().all()
    none = pd.DataFrame(columns=["from_team", "to_team", "handoffs", "latency_hours_total"])
    said = failure_pareto_figure(journey.failure_pareto(rates, none), "2024Q1").caption
    rates = rates.iloc[:2]
    assert "too few handoffs: 1." in said and "The 2 of 2 kinds" in said and "rare" not in said
    assert rates[["failure_code", "failures", "handoffs", "share"]].to_numpy().tolist() == [
        ["no phone", 50, 400, 0.125],
        ["wrong team", 10, 200, 0.05],
    ]
    pairs = pd.DataFrame({"from_team": ["A"], "to_team": "B", "handoffs": 10, "latency_hours_total": 40.0})
    pareto = journey.failure_pareto(rates, pairs)
    assert pareto["cumulative_share"].tolist() == pytest.approx([50 / 60, 1.0])
    assert pareto["hours"].tolist() == [200.0, 40.0]  # 4 hours a handoff


def test_no_audits_give_empty_measures_and_a_finding_that_says_so():
    none = audit()
    recurring = journey.recurrence(none, "", **RECURS)
    redesigns = journey.audited_redesigns(none, "", **LIMITS)
    assert journey.failure_rates(none, "", minimum_count=5).empty and recurring.empty and redesigns.empty
    (finding,) = audit_findings(recurring, redesigns, pd.DataFrame(), "")
    assert finding.verdict is Verdict.UNKNOWN


def test_findings_say_what_recurs_and_what_the_redesign_did():
    history = audit(*[40] * 4, *[20] * 4, redesign=dict.fromkeys(QUARTERS[4:], "checklist"))
    found = audit_findings(
        journey.recurrence(history, "2025Q4", **RECURS),
        journey.audited_redesigns(history, "2025Q4", **LIMITS),
        pd.DataFrame(),
        "2025Q4",
    )
    by_key = {each.key: each for each in found}
    assert "8 quarters in a row" in by_key["journey.recurring_failure"].headline
    assert "−10.0 points" in by_key["journey.audited_redesign"].headline
    assert by_key["journey.audited_redesign"].verdict is Verdict.SIGNAL


def test_holm_is_that_of_statsmodels():
    p_values = np.random.default_rng(3).uniform(0, 0.2, 20)
    assert holm(p_values).tolist() == pytest.approx(multipletests(p_values, method="holm")[1].tolist())
    assert holm([]).tolist() == []

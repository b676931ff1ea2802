"""Figures, tables and findings of promises, decision points and notices: what they say, also of nothing."""

import numpy as np
import pandas as pd
import pytest
from cxops import journey, kpis
from cxops.findings import Verdict
from cxops.journey import charts
from cxops.journey.findings import clock_findings, notice_findings, trigger_findings

MONDAY = pd.Timestamp("2025-01-06", tz="UTC")
LEVELS = {"target_share": 0.9, "alpha": 0.01, "minimum_count": 5}


def clocks(*promises: tuple[str, int, int]) -> pd.DataFrame:
    """Promises with so many in time and so many late."""
    rows = [
        {"promise": name, "hours": 1.0 if each < met else 9.0}
        for name, met, late in promises
        for each in range(met + late)
    ]
    frame = pd.DataFrame(rows, columns=["promise", "hours"])
    return frame.assign(
        case_id=range(len(frame)),
        elapsed_hours=frame["hours"],
        is_open=False,
        target_hours=4.0,
        calendar=None,
        started_at=MONDAY,
    )


KEPT = journey.attainment(clocks(("Diagnosis", 80, 20), ("<b>Intake</b>", 99, 1)), **LEVELS)
NONE = journey.attainment(clocks(), **LEVELS)
NO_EXPECTATIONS = journey.expectations(
    pd.DataFrame({"stage": pd.Series(dtype="str"), "tolerance_hours": pd.Series(dtype="float64")}),
    clocks(),
    {},
    **LEVELS,
)
UNPROMISED = pd.DataFrame({"stage": ["Audit"], "cases": [8.0], "why": ["not a stage of the map"]})


def test_the_figure_says_which_promise_is_kept_least():
    figure = charts.attainment_figure(KEPT)
    assert "Diagnosis is to take at most 4 h" in figure.caption
    assert "80.0 % (95 % interval 71.1 % to 86.7 %) of 100" in figure.caption
    assert "<b>" not in figure.wide, "names from data are no markup"
    drawn = charts.attainment(KEPT, width=340).to_dict()
    assert "1 of 2 promises are kept too rarely" in " ".join(drawn["title"]["text"])


def test_the_table_says_what_may_be_claimed():
    table = charts.attainment_table(KEPT, 12)
    assert table.frame["verdict"].tolist() == ["too rarely", "often enough"]
    assert "1 of 2" in charts.attainment_table(KEPT, 1).caption


@pytest.mark.parametrize("width", [340, 720])
def test_nothing_is_said_to_be_nothing(width):
    said = [
        charts.attainment_figure(NONE).caption,
        charts.attainment_table(NONE, 5).caption,
        charts.expectations_table(NO_EXPECTATIONS, 5).caption,
        charts.tool_gaps_table(
            pd.DataFrame(columns=["stage", "step_id", "touchpoint", "team"]), pd.DataFrame(columns=["stage"])
        ).caption,
    ]
    assert all(each.startswith("No evidence") for each in said)
    assert "No evidence" in str(charts.attainment(NONE, width=width).to_dict()["title"]["text"])


def test_findings_of_clocks_name_the_promise_and_its_kpi():
    found = clock_findings(KEPT, NO_EXPECTATIONS, UNPROMISED)
    kept, unpromised = found
    assert kept.verdict is Verdict.SIGNAL
    assert kept.headline.startswith("The promise for Diagnosis is kept too rarely: 80.0 %")
    assert [kept.value, kept.low, kept.high] == pytest.approx([0.8, 0.7112, 0.8666], abs=1e-4)
    assert kept.weight == pytest.approx(10), "100 × (0.9 − 0.8) too many are late"
    assert unpromised.headline.endswith("Audit.")
    assert {each.kpi for each in found} <= set(kpis.catalogue())


def test_findings_claim_nothing_where_nothing_is_known():
    found = clock_findings(NONE, NO_EXPECTATIONS, UNPROMISED.iloc[:0])
    assert [each.verdict for each in found] == [Verdict.UNKNOWN]
    assert np.isnan(found[0].value)
    well = journey.attainment(clocks(("Diagnosis", 95, 5)), **LEVELS)
    assert clock_findings(well, NO_EXPECTATIONS, UNPROMISED)[0].verdict is Verdict.NOISE


def expected(*tolerated: float) -> pd.DataFrame:
    answers = pd.DataFrame({"stage": "Diagnosis", "tolerance_hours": tolerated})
    return journey.expectations(answers, clocks(("Diagnosis", 80, 20)), {}, **LEVELS)


def test_a_promise_that_customers_do_not_accept_is_a_finding():
    slow = expected(*np.linspace(1, 5, 60))
    finding = clock_findings(KEPT, slow, UNPROMISED.iloc[:0])[1]
    assert finding.verdict is Verdict.SIGNAL
    assert "Diagnosis is slower than customers accept" in finding.headline
    assert charts.expectations_table(slow, 5).frame["verdict"].tolist() == ["slower than customers accept"]
    assert clock_findings(KEPT, expected(*[9.0] * 60), UNPROMISED)[1].verdict is Verdict.NOISE


def audit(**more) -> pd.DataFrame:
    row = {
        "decision_point": "At <risk>",
        "workflow": "call_back",
        "within_hours": np.nan,
        "arrivals": 100.0,
        "started": 90.0,
        "missed": 10.0,
        "waiting": 0.0,
        "starts": 95.0,
        "false_starts": 4.0,
        "duplicates": 1.0,
        "coverage_share": 0.9,
        "coverage_low": 0.83,
        "coverage_high": 0.94,
        "precision_share": 90 / 94,
        "in_time_share": np.nan,
        "delay_hours_p95": 3.0,
        "p95_low": 2.0,
        "p95_high": np.nan,
        "state": "measured",
    }
    return pd.DataFrame([row | more])


def test_triggers_say_what_was_missed_and_what_never_fired():
    both = pd.concat([audit(), audit(decision_point="Idle", coverage_share=np.nan, state="never reached")])
    figure = charts.triggers_figure(both)
    assert "10 were missed" in figure.caption
    assert "Never fired: Idle" in figure.caption
    assert "<risk>" not in figure.wide
    table = charts.triggers_table(both).frame
    assert table["delay"].iloc[0] == "3 h (2 h to open)"
    assert table["note"].tolist() == ["4 false starts", "never reached"]
    missed, idle = trigger_findings(both)
    assert [missed.value, missed.low, missed.high] == [0.9, 0.83, 0.94]
    assert "1 of 2 decision points never started" in idle.headline
    assert {missed.kpi, idle.kpi} <= set(kpis.catalogue())


def test_no_decision_points_and_no_register_are_told_apart():
    assert "names no decision point" in charts.triggers_figure(audit().iloc[:0]).caption
    silent = audit(coverage_share=np.nan, state="no starts on record")
    assert "`workflow_starts` is not kept" in charts.triggers_figure(silent).caption
    assert trigger_findings(audit().iloc[:0]) == []
    assert trigger_findings(silent)[0].verdict is Verdict.UNKNOWN


def told(*groups: tuple[int, float | None, float | None]) -> pd.DataFrame:
    rows = [(first, asked) for count, first, asked in groups for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["told", "asked"], dtype="float64")
    moments = [MONDAY + pd.to_timedelta(frame[each], unit="h") for each in ("told", "asked")]
    named = {"disruption_id": "D", "disruption_type": "Storm", "matched_on": "a", "needed": True}
    register = frame.assign(
        order_id=range(len(frame)),
        detected_at=MONDAY,
        promised_at=MONDAY + pd.Timedelta("100h"),
        notified_at=moments[0],
        contacted_at=moments[1],
        **named,
    )
    return journey.notice_status(register)


def test_notices_are_drawn_and_said():
    status = told((70, 1, None), (20, 9, 8), (10, None, None))
    funnel = journey.notice_funnel(status, minimum_count=5)
    figure = charts.notices_figure(funnel)
    assert "70.0 % (95 % interval 60.4 % to 78.1 %) were told before they asked" in figure.caption
    drawn = charts.notice_funnel(funnel, width=340).to_dict()
    assert "70.0 % of customers heard" in " ".join(drawn["title"]["text"])
    assert charts.notices_table(funnel, 1).caption.endswith("1 of 2 rows")
    first = notice_findings(funnel, journey.contacts_avoided(status, alpha=0.01, minimum_count=500))
    assert [each.key for each in first] == ["journey.told_first"]


@pytest.mark.parametrize(("asked", "verdict"), [(40, Verdict.SIGNAL), (12, Verdict.NOISE)])
def test_contacts_avoided_are_claimed_only_beyond_noise(asked, verdict):
    status = told((90, 1, None), (10, 1, 5), (100 - asked, None, None), (asked, None, 5))
    saved = journey.contacts_avoided(status, alpha=0.01, minimum_count=5)
    finding = notice_findings(journey.notice_funnel(status, minimum_count=5), saved)[1]
    assert finding.verdict is verdict
    assert finding.value == pytest.approx(asked - 10)
    assert charts.contacts_avoided_table(saved).frame["saved"].iloc[0].startswith(f"{asked - 10} (")
    assert finding.kpi in kpis.catalogue()


def test_no_notices_are_no_evidence():
    nothing = told()
    funnel = journey.notice_funnel(nothing, minimum_count=5)
    assert charts.notices_figure(funnel).caption.startswith("No evidence")
    assert charts.notices_table(funnel, 5).caption.startswith("No evidence")
    avoided = journey.contacts_avoided(nothing, alpha=0.01, minimum_count=5)
    assert charts.contacts_avoided_table(avoided).caption.startswith("No evidence")
    assert notice_findings(funnel, avoided) == []

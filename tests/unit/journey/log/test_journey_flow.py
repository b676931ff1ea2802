"""Stages, variants, directly-follows, closure and quantiles on logs small enough to work out by hand."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cxops.journey import closure, directly_follows, stage_flow, stages, variants
from cxops.journey.log.quantiles import quantile, ranked


def test_stages_share_out_the_lead_time(chain):
    # Intake 0–3 (1 worked), Diagnosis 3–8 (1 worked, the gap 6–8 counts for the stage that is left), Resolution 8–9.
    found = stages(chain).execute()
    assert found.values.tolist() == [
        ["Diagnosis", 1, 1, 1.0, 4.0, 4.0],
        ["Intake", 1, 1, 1.0, 2.0, 2.0],
        ["Resolution", 1, 1, 1.0, 0.0, 0.0],
    ]


def test_a_stage_that_is_visited_again_is_another_visit(log):
    steps = log(*(("1", "A", "active", 2 * n, 2 * n + 1, "Work", stage) for n, stage in enumerate("XYX")))
    found = stages(steps).execute().set_index("stage")
    assert found.loc["X"].tolist() == [1, 2, 2.0, 1.0, 0.5]  # waits of 1 h and 0 h


def test_passing_from_stage_to_stage_takes_until_something_is_done(chain):
    # Intake's last end 3, Diagnosis acts at 5: 2 h; Diagnosis ends 6, Resolution acts at 8: 2 h.
    found = stage_flow(chain).execute()
    assert found.values.tolist() == [
        ["Diagnosis", "Resolution", 1, 2.0, 2.0, 2.0],
        ["Intake", "Diagnosis", 1, 2.0, 2.0, 2.0],
    ]


def test_variants_keep_repeats_and_put_rare_ones_together(log):
    rows = [(str(case), "A", "active", hour, hour + 1, name) for case in (1, 2) for hour, name in enumerate("xxy")]
    steps = log(*rows, ("3", "A", "active", 0, 5, "x"), ("4", "A", "active", 0, 7, "y"))
    found = variants(steps).execute()
    assert found.values.tolist() == [["x → x → y", 2, 0.5, 3.0], ["x", 1, 0.25, 5.0], ["y", 1, 0.25, 7.0]]
    grouped = variants(steps, minimum_count=2).execute()
    assert grouped.values.tolist() == [["(rarer variants)", 2, 0.5, 6.0], ["x → x → y", 2, 0.5, 3.0]]


def test_a_variant_follows_step_seq_where_starts_are_equal(log):
    steps = log(("1", "A", "active", 0, 0, "b"), ("1", "A", "active", 0, 0, "a"), ("1", "A", "active", 0, 0, "c"))
    assert variants(steps).execute()["variant"].tolist() == ["b → a → c"]


def test_a_case_of_a_thousand_steps_has_a_variant_of_a_thousand_activities(log):
    steps = log(*(("1", "A", "active", hour, hour + 1, f"a{hour}") for hour in range(1000)))
    assert variants(steps).execute()["variant"].iloc[0].split(" → ") == [f"a{hour}" for hour in range(1000)]


def test_what_follows_what_and_how_long_nobody_worked(chain):
    # Wait and Queue are waited through (2 h each), after Diagnose there is a gap of 2 h, work is followed at once.
    found = directly_follows(chain).execute().set_index(["from_activity", "to_activity"])
    assert found["transitions"].tolist() == [1] * 5
    assert found["latency_hours_p50"].to_dict() == {
        ("Diagnose", "Register"): 2.0,
        ("Queue", "Diagnose"): 2.0,
        ("Register", "Close"): 0.0,
        ("Register", "Wait"): 0.0,
        ("Wait", "Queue"): 2.0,
    }


def test_the_gap_after_work_without_a_known_end_is_not_known(log):
    steps = log(("1", "A", "active", 0, None, "x"), ("1", "A", "active", 5, 6, "y"))
    assert directly_follows(steps).execute()["latency_hours_p50"].isna().all()


def test_closure_counts_cases_and_not_rows(log):
    # 1 closed; 2 closed, reopened twice, closed; 3 never; 4 closed in two rows, which is no reopening.
    steps = log(
        *[("1", "A", "active", 0, 1), ("1", "A", "done", 1, 1)],
        *[("2", "A", status, hour, hour) for hour, status in enumerate(["done", "active", "done", "waiting", "done"])],
        ("3", "A", "active", 0, 1),
        *[("4", "A", "done", 0, 0), ("4", "B", "done", 0, 0)],
    )
    assert closure(steps).execute().iloc[0].tolist() == pytest.approx([4, 3, 1 / 4, 1, 1 / 3])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(
    "values", [[5.0], [3.0, 1.0], [1.0, 1.0, 2.0, 50.0], [np.nan, 4.0, 0.0, 2.0], [np.nan, np.nan]]
)
def test_quantiles_agree_with_pandas(values, share):
    rows = ranked(ibis.memtable(pd.DataFrame({"key": "k", "x": values})), ["key"], "x")
    found = rows.group_by("key").aggregate(q=quantile(rows, "x", share)).execute()["q"].iloc[0]
    assert found == pytest.approx(pd.Series(values).quantile(share), nan_ok=True)

"""What is planted about promises, decision points and notices is found where it is, and not in the control unit."""

import ibis
import pandas as pd
import pytest
from cxops import journey, params
from cxops.demo import setting
from cxops.journey.schema import PromisesParameters, maps

UNITS = ("Harbour", "Meadow", "Summit", "Valley")
LIMITS = params.resolve(PromisesParameters).limits
LEVELS = {name: LIMITS[name] for name in ("alpha", "minimum_count")}
TOLERATED = {"cannot be told": 0.8}
AS_OF = pd.Timestamp("2026-01-01", tz="UTC")


def of_unit(tables: dict[str, pd.DataFrame], name: str, unit: str) -> pd.DataFrame:
    frame = tables[name]
    if name == "steps":
        return frame[frame["case_id"].isin(of_unit(tables, "cases", unit)["case_id"])]
    return frame[frame["unit"] == unit]


@pytest.fixture(scope="module")
def drawn() -> maps.JourneyMap:
    return maps.journey_map("service")


def test_customers_who_expect_it_sooner_are_heard_in_one_stage_of_one_unit(demo_tables, drawn):
    signals = []
    for unit in UNITS:
        steps, cases = (ibis.memtable(of_unit(demo_tables, name, unit)) for name in ("steps", "cases"))
        clocks = journey.stage_clocks(steps, cases, drawn.stage_frame(), drawn.calendars, as_of=AS_OF)
        answers, untold = of_unit(demo_tables, "expectations", unit), pd.DataFrame({"stage": [], "kano": []})
        rows = journey.stage_targets(
            drawn.stage_frame(), untold, answers, clocks, drawn.calendars, tolerated_shares=TOLERATED, **LEVELS
        )
        signals += [(unit, stage) for stage in rows.loc[rows["service"] == "under-served", "stage"]]
    assert signals == [("Harbour", "Identity check")]


def test_workflows_that_do_not_start_are_missed_in_one_unit(demo_tables, drawn):
    shares = {}
    for unit in UNITS:
        frames = {name: of_unit(demo_tables, name, unit) for name in ("cases", "steps", "customers", "workflow_starts")}
        tables = {name: ibis.memtable(frame) for name, frame in frames.items()}
        arrived = journey.arrivals(drawn.decision_points, *(tables[each] for each in ("cases", "steps", "customers")))
        arrivals = arrived.to_pandas()
        starts = journey.case_starts(tables["workflow_starts"], tables["cases"], as_of=AS_OF)
        points = drawn.decision_points
        answered = journey.answered_arrivals(arrivals, starts, points, drawn.calendars, as_of=AS_OF)
        judged = journey.judged_starts(arrivals, starts)
        found = journey.triggers(answered, judged, points, minimum_count=5)
        assert (found["state"] == "measured").all()
        shares[unit] = found["started"].sum() / (found["started"] + found["missed"]).sum()
    usual = setting.STARTED_SHARE
    assert shares.pop("Harbour") == pytest.approx(usual - 0.3, abs=0.03)
    assert list(shares.values()) == pytest.approx([usual] * 3, abs=0.03)


def test_customers_told_too_late_are_counted_in_one_unit(demo_tables):
    shares = {}
    for unit in UNITS:
        status = journey.notice_status(of_unit(demo_tables, "notices", unit))
        whole = journey.notice_funnel(status, minimum_count=5).iloc[0]
        shares[unit] = whole["told_first_share"]
        assert whole["told_first_low"] < whole["told_first_share"] < whole["told_first_high"]
    usual = setting.TOLD_FIRST_SHARE
    assert shares.pop("Meadow") == pytest.approx(usual - 0.15, abs=0.06)
    assert list(shares.values()) == pytest.approx([usual] * 3, abs=0.06)

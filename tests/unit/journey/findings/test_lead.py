"""The sentence that leads: what the handoff to mend first costs, and how sure that is."""

import pandas as pd
import pytest
from cxops.journey.customers.customer_cost import CustomerCost
from cxops.journey.findings.customer_cost import mend_first

SLOW = pd.Series(
    {"from_team": "A", "to_team": "B", "stake": 2092.3, "latency_hours_total": 3318.0}
    | {"ratio_to_rest": 2.66, "ratio_low": 2.31, "ratio_high": 3.06}
)


def lost(first_share, money_above=float("nan"), teams=("A", "B")):
    pair = {"from_team": teams[0], "to_team": teams[1], "first_share": first_share, "money_above": money_above}
    pair |= {"ces_per_case": 0.954, "ces_per_case_low": 0.67, "ces_per_case_high": 1.24}
    return CustomerCost(pd.DataFrame([pair]), pd.DataFrame(), pd.DataFrame(), "ces", 1000)


@pytest.mark.parametrize(("share", "said"), [(1.0, "over 99.9 %"), (0.87, "87.0 %"), (0.0, "under 0.1 %")])
def test_cost_interval_and_probability_stand_in_one_lead(share, said):
    text = mend_first(SLOW, lost(share))
    assert text == (
        "Mend the handoff from A to B first: it costs 2,092 hours of waiting above the rest, 3,318 in all, and its "
        "customers find it 0.95 points harder (95 % interval 0.67 to 1.24). The probability that it costs customers "
        f"most of all handoffs is {said}."
    )


def test_what_a_point_is_worth_is_told_with_its_currency():
    assert "1.24), worth EUR\N{NO-BREAK SPACE}12,346 above the rest." in mend_first(SLOW, lost(0.9, 12345.6))


@pytest.mark.parametrize("unknown", [None, lost(float("nan")), lost(0.9, teams=("B", "A"))])
def test_without_answers_about_it_the_interval_is_that_of_the_wait(unknown):
    text = mend_first(SLOW, unknown)
    assert text.endswith(
        "A typical wait there is 2.7 times (95 % interval 2.3 to 3.1) as long; what it costs customers cannot be said."
    )

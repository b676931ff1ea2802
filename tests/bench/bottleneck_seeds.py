"""How often the planted slow handoff is found, and how often a unit in which nothing is planted stays silent.

    .venv/bin/python tests/bench/bottleneck_seeds.py [seeds] [cases]

Each seed makes a demo organisation (synthetic). In the unit with the slow handoff the page's own test must name that
pair as a signal, and it must be the one with the most hours above what they would be if it were like the rest: the one
to mend first. In the control unit no finding of the journey may be a signal: no handoff, no team, no activity. Prints
both shares with Wilson's 95 % interval and fails where one is under its aim.
"""

import sys

import ibis
from cxops import demo, params
from cxops.demo import setting
from cxops.demo.truths import SLOW_HANDOFF
from cxops.journey import bottlenecks, handoffs
from cxops.journey.findings import findings
from cxops.journey.schema import JourneyParameters
from cxops.journey.statistics.excess import by_stake
from statsmodels.stats.proportion import proportion_confint

PLANTED = list(SLOW_HANDOFF.where.values())
FOUND, SILENT = 0.90, 0.95
"""Shares of seeds aimed at: the planted handoff on top and a signal; no signal at all in the control unit."""


def judged(seed: int, cases: int, given: JourneyParameters) -> tuple[bool, list[str]]:
    """Whether the planted handoff is the first of the signals, and the headlines of the control unit's signals."""
    tables = demo.organisation(cases, seed)
    unit = tables["steps"]["case_id"].map(tables["cases"].set_index("case_id")["unit"])
    steps = {name: ibis.memtable(rows) for name, rows in tables["steps"].groupby(unit)}
    pairs = bottlenecks(handoffs(steps[SLOW_HANDOFF.unit]), **given.limits, **given.chance)
    first = by_stake(pairs, "latency_hours_total").head(1)
    control = steps[setting.CONTROL]
    pack = findings(control, bottlenecks(handoffs(control), **given.limits, **given.chance), **given.limits)
    is_found = first[["from_team", "to_team"]].to_numpy().tolist() == [PLANTED]
    return is_found, [each.headline for each in pack.signals]


def show(words: str, count: int, seeds: int, aim: float) -> bool:
    """Prints a share with its interval, and says whether it reaches its aim."""
    low, high = proportion_confint(count, seeds, alpha=0.05, method="wilson")
    print(f"{words}: {count} of {seeds} ({count / seeds:.0%}, 95 % interval {low:.0%} to {high:.0%}; aim {aim:.0%})")
    return count / seeds >= aim


def main(seeds: int = 50, cases: int = 6_000) -> None:
    given = params.resolve(JourneyParameters)
    found = [judged(seed, cases, given) for seed in range(seeds)]
    for seed, (is_found, alarms) in enumerate(found):
        for words in [*([] if is_found else [f"{' → '.join(PLANTED)} is not on top"]), *alarms]:
            print(f"seed {seed}: {words}")
    print(f"{seeds} demo organisations (synthetic) of {cases:,} cases, {given.permutations:,} permutations")
    first = show(f"{' → '.join(PLANTED)} on top and a signal", sum(each[0] for each in found), seeds, FOUND)
    silent = show(f"{setting.CONTROL} without any signal", sum(not each[1] for each in found), seeds, SILENT)
    if not (first and silent):
        raise SystemExit("a share is under its aim")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

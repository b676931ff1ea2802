"""How often the control unit is silent on every page of the journey, and how often each planted truth is a signal.

    .venv/bin/python tests/bench/control_seeds.py [seeds] [cases] [first seed]

Each seed makes a demo organisation (synthetic). The four pages are run as they stand, about all quarters: for the
control unit, in which nothing is planted, and for the units in which what is planted can be a signal. Prints the false
signals by key and the shares with Wilson's 95 % interval, and fails where the control unit is silent less often than it
should be. How often a planted truth is found depends on the cases: it is printed, and has no aim.
"""

import os
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from cxops import demo
from cxops.demo import setting
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).parents[1] / "truths"))
from test_control_silent import PAGES, findings_on, signals

PLANTED = {
    ("Harbour", "10_journey"): ("slowest_handoff", "customer_cost"),
    ("Harbour", "12_promises"): ("under_served_stage", "recurring_failure", "contacts_avoided"),
    ("Meadow", "10_journey"): ("ping_pong",),
    ("Meadow", "11_value_stream"): ("trough",),
    ("Summit", "10_journey"): ("rework",),
    ("Summit", "12_promises"): ("returns_stratum", "audited_redesign"),
}
SILENT = 0.95
"""Share of seeds aimed at in which no page says anything of the control unit; slow handoffs: bottleneck_seeds.py."""


def judged(seed: int, cases: int) -> tuple[list[str], list[str]]:
    """The headlines of the control unit's signals, and which planted truths are signals."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CXOPS_DATA"] = folder
        demo.write(demo.DemoParameters(cases=cases, seed=seed))
        false = [
            f"{each.key}: {each.headline}" for page in PAGES for each in findings_on(page, setting.CONTROL).signals
        ]
        found = [
            key
            for (unit, page), keys in PLANTED.items()
            for key in {f"journey.{key}" for key in keys} & {*signals(unit, page)}
        ]
    return false, found


def show(words: str, count: int, seeds: int) -> None:
    """Prints a share with its interval."""
    low, high = proportion_confint(count, seeds, alpha=0.05, method="wilson")
    print(f"{words}: {count} of {seeds} ({count / seeds:.0%}, 95 % interval {low:.0%} to {high:.0%})", flush=True)


def main(seeds: int = 50, cases: int = 6_000, first: int = 0) -> None:
    warnings.simplefilter("ignore")
    loud, false, found = 0, Counter(), Counter()
    for seed in range(first, first + seeds):
        alarms, planted = judged(seed, cases)
        loud += bool(alarms)
        false.update(each.split(":")[0] for each in alarms)
        found.update(planted)
        print(f"seed {seed}: {len(alarms)} false, planted found: {', '.join(sorted(planted))}", flush=True)
        for each in alarms:
            print(f"  {each}", flush=True)
    print(f"{seeds} demo organisations (synthetic) of {cases:,} cases, from seed {first}")
    for key, count in sorted(false.items()):
        show(f"false: {key}", count, seeds)
    for keys in PLANTED.values():
        for key in keys:
            show(f"planted: journey.{key}", found[f"journey.{key}"], seeds)
    show(f"{setting.CONTROL} without any signal on {len(PAGES)} pages (aim {SILENT:.0%})", seeds - loud, seeds)
    if (seeds - loud) / seeds < SILENT:
        raise SystemExit("the control unit is not silent often enough")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

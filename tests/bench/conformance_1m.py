"""How long the map takes at a million events: placement, delays, traces and alignments, beside a scan by case.

    .venv/bin/python tests/bench/conformance_1m.py [cases]

The events are those of the demo organisation. Prints seconds, peak memory of the process, and the ratio to the scan.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import ibis
from cxops import demo, journey
from cxops.journey.schema import maps


def timed(name: str, call: Callable[[], object], scan: float | None = None) -> float:
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    ratio = f", {seconds / scan:.1f} scans" if scan else ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name}: {seconds:.2f} s{ratio}, peak {peak:.2f} GB")
    return seconds


def main(cases: int) -> None:
    file = Path(tempfile.mkdtemp()) / "steps.parquet"
    demo.organisation(cases, 7)["steps"].to_parquet(file, index=False)
    steps = ibis.duckdb.connect().read_parquet(file)
    drawn = maps.journey_map("service")
    path = journey.intended_path(drawn.stage_frame(), drawn.step_frame(), drawn.transition_frame())
    placed = journey.placement(steps, drawn.stage_frame(), drawn.activity_frame(), supporting=drawn.supporting)
    ways = journey.traces(placed)
    print(f"{steps.count().execute():,} events")
    last = steps.group_by("case_id").aggregate(last=steps.started_at.max())
    scan = timed("scan and group by case", lambda: last.last.max().execute())
    timed("unmapped activities", lambda: journey.unmapped_activities(placed).execute(), scan)
    timed("delays between stages", lambda: journey.stage_delays(placed).execute(), scan)
    timed("traces and alignments", lambda: journey.aligned(ways, path), scan)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 190_000)

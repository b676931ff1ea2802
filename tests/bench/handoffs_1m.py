"""Handoffs by pair on a million generated events: the library against the same sums in plain pandas, in the same run.

    .venv/bin/python tests/bench/handoffs_1m.py [events]

Each side runs in a process of its own, reads the same Parquet file and reports its time and the processor time of all
its threads (best of three, file read included), its peak memory (whole process, imports included) and its sums. They
must be equal. The events are made in a third process, since a child's peak counts from its parent's size.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

TEAMS = 12
COLUMNS = ["handoffs", "cases", "latency_hours_p50", "latency_hours_p90", "latency_hours_total"]


def events(count: int) -> pd.DataFrame:
    """A synthetic log of about `count` steps, 13 a case, 12 teams; whole seconds, a tenth of the steps waiting."""
    rng = np.random.default_rng(1)
    case = np.sort(rng.integers(0, count // 13, count))
    start = 1_700_000_000 + case * 60 + rng.integers(0, 30 * 86_400, count)
    order = np.lexsort((start, case))
    case, start = case[order], start[order]
    gap = np.maximum(0, np.diff(start, append=start[-1] + 3_600))
    end = start + (gap * rng.random(count)).astype(np.int64)
    last = np.append(np.diff(case) != 0, True)
    frame = pd.DataFrame(
        {
            "case_id": np.char.add("C", case.astype(str)),
            "started_at": pd.to_datetime(start, unit="s", utc=True).as_unit("us"),
            "ended_at": pd.to_datetime(np.where(last, start + 600, end), unit="s", utc=True).as_unit("us"),
            "team": np.char.add("T", rng.integers(0, TEAMS, count).astype(str)),
            "stage": "Diagnosis",
            "activity": "Work",
            "status": np.where(rng.random(count) < 0.1, "waiting", "active"),
        }
    )
    return frame.assign(step_seq=frame.groupby(["case_id", "started_at"]).cumcount())


def with_library(file: str) -> pd.DataFrame:
    """The journey's own measures, on DuckDB."""
    import ibis
    from cxops.journey import handoffs, handoffs_by_pair

    return handoffs_by_pair(handoffs(ibis.duckdb.connect().read_parquet(file))).execute()


def with_pandas(file: str) -> pd.DataFrame:
    """The same definitions as an analyst would write them in pandas: sort, shift, blocks, group."""
    columns = ["case_id", "started_at", "step_seq", "ended_at", "team", "status"]
    steps = pd.read_parquet(file, columns=columns).sort_values(["case_id", "started_at", "step_seq"])
    changed = (steps["case_id"] != steps["case_id"].shift()) | (steps["team"] != steps["team"].shift())
    steps = steps.assign(block=changed.cumsum(), acted_at=steps["started_at"].where(steps["status"] != "waiting"))
    blocks = steps.groupby("block", sort=False).agg(
        case_id=("case_id", "first"),
        team=("team", "first"),
        last_start=("started_at", "max"),
        left_at=("ended_at", "max"),
        acted_at=("acted_at", "min"),
    )
    blocks["left_at"] = blocks["left_at"].where(blocks["left_at"] >= blocks["last_start"])
    same_case = blocks["case_id"] == blocks["case_id"].shift()
    passed_on = blocks["left_at"].where(blocks["case_id"] == blocks["case_id"].shift(-1))
    waited = (blocks["acted_at"].fillna(passed_on) - blocks["left_at"].shift()).dt.total_seconds() / 3600
    rows = blocks.assign(from_team=blocks["team"].shift(), to_team=blocks["team"], latency_hours=waited.clip(lower=0))
    grouped = rows[same_case].groupby(["from_team", "to_team"])
    found = grouped.agg(
        handoffs=("case_id", "size"),
        cases=("case_id", "nunique"),
        latency_hours_p50=("latency_hours", "median"),
        latency_hours_p90=("latency_hours", lambda hours: hours.quantile(0.9)),
        latency_hours_total=("latency_hours", "sum"),
    )
    return found.reset_index()


SIDES = {"library": with_library, "pandas": with_pandas}


def measure(side: str, file: str) -> None:
    """Runs one side three times and prints what it took and found as JSON."""
    seconds, processor = [], []
    for _ in range(3):
        began, began_processor = time.perf_counter(), time.process_time()
        found = SIDES[side](file)
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_processor)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = found.sort_values(["from_team", "to_team"])
    measured = {"seconds": min(seconds), "processor": min(processor), "peak_mb": peak}
    print(json.dumps(measured | {"rows": rows[COLUMNS].to_numpy(float).tolist()}))


def compare(count: int) -> None:
    """Both sides on the same events; raises AssertionError if they disagree."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.parquet"
        subprocess.run([sys.executable, __file__, "events", str(file), str(count)], check=True)
        runs = {}
        for side in SIDES:
            command = [sys.executable, __file__, side, str(file)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            runs[side] = json.loads(printed.splitlines()[-1])
    np.testing.assert_allclose(runs["library"]["rows"], runs["pandas"]["rows"], rtol=1e-9)
    total = np.array(runs["library"]["rows"])[:, [0, 4]].sum(axis=0)
    print(
        f"{count:,} events, {len(runs['library']['rows'])} pairs, {total[0]:,.0f} handoffs, {total[1]:,.1f} h: "
        "equal sums"
    )
    for side, run in runs.items():
        print(f"{side:8} {run['seconds']:6.2f} s  processor {run['processor']:6.2f} s  peak {run['peak_mb']:6.0f} MB")
    speed = runs["pandas"]["seconds"] / runs["library"]["seconds"]
    memory = runs["pandas"]["peak_mb"] / runs["library"]["peak_mb"]
    print(f"pandas takes {speed:.1f} times as long and {memory:.1f} times the memory")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        events(int(sys.argv[3])).to_parquet(sys.argv[2], index=False)
    elif len(sys.argv) == 3:
        measure(sys.argv[1], sys.argv[2])
    else:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

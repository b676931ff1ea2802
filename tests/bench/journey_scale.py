"""Directly-follows, handoffs by pair (median and p90) and rework on millions of events, against three rivals.

    .venv/bin/python tests/bench/journey_scale.py [events] [--pm4py PYTHON | --without-pm4py]

One log, made from demo organisations (synthetic) and held as Parquet in their order, case by case. Each side does the
same three sums in a process of its own: the library (Ibis on DuckDB), hand-written DuckDB SQL, plain pandas, and pm4py.
Wall time and the processor time of all threads are those of the best of the rounds, file read included and imports not;
peak memory is that of the whole process. Results must be equal, those of pm4py as far as it has the same figure: how
often what follows what, how often each team hands to each, and the median gap after activities that are only worked on.

pm4py is AGPL: it is no dependency and never imported here. It goes into a virtual environment in a temporary folder,
and runs there from a file of its own. It is given its fastest public way, and is spared what it does not have: p90,
cases by pair, what teams wait for each other through queues, and rework by team.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS = ["case_id", "started_at", "step_seq", "ended_at", "activity", "stage", "team", "status"]
CHUNK = 50_000
SHOWN = {
    "library": "library (Ibis, DuckDB)",
    "sql": "hand-written DuckDB SQL",
    "pandas": "plain pandas",
    "pm4py": "pm4py",
}
Results = dict[str, list[list]]


def write_events(file: str, count: int) -> None:
    """A log of `count` steps in the shape of the demo organisation; made in pieces, so that any size fits in memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from cxops import demo

    made = piece = 0
    writer = None
    while made < count:
        steps = demo.organisation(CHUNK, piece)["steps"][COLUMNS].iloc[: count - made]
        table = pa.Table.from_pandas(steps.assign(case_id=f"{piece:03d}-" + steps["case_id"]), preserve_index=False)
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
        made, piece = made + len(steps), piece + 1
    if writer:
        writer.close()


def with_library(file: str) -> Results:
    """The journey's own measures."""
    import ibis
    from cxops import journey

    steps = ibis.duckdb.connect().read_parquet(file)
    found = {
        "follows": journey.directly_follows(steps),
        "handoffs": journey.handoffs_by_pair(journey.handoffs(steps)),
        "rework": journey.rework_by_activity(steps),
    }
    return {name: table.execute().to_numpy().tolist() for name, table in found.items()}


CODED = """
create or replace temp table cases as
    select case_id, (row_number() over ())::int as c from (select distinct case_id from read_parquet($file));
create or replace temp table activities as
    select activity, (row_number() over ())::smallint as a from (select distinct activity from read_parquet($file));
create or replace temp table teams as
    select team, (row_number() over ())::smallint as t from (select distinct team from read_parquet($file));
create or replace temp table steps as
    select c, epoch_us(started_at) as b, step_seq::int as q, epoch_us(ended_at) as e, a, t,
        case status when 'active' then 0 when 'waiting' then 1 else 2 end::tinyint as s
    from read_parquet($file) join cases using (case_id) join activities using (activity) join teams using (team)
"""
FOLLOWS = """
with looked as (
    select a, s, b, e, lead(a) over w as z, lead(b) over w as n,
        max(case when s = 0 then e end) over (w rows unbounded preceding) as u
    from steps window w as (partition by c order by b, q)),
gaps as (
    select a, z, case when s = 0 and e is null then null
        else (n - b - greatest(0, coalesce(least(u, n) - b, 0))) / 3600e6 end as h
    from looked where z is not null),
pairs as (select a, z, count(*) as k, quantile_cont(h, [0.5, 0.9]) as h from gaps group by a, z)
select f.activity, o.activity, k, h[1], h[2]
from pairs join activities f on f.a = pairs.a join activities o on o.a = pairs.z
"""
HANDOFFS = """
with looked as (
    select *, lag(t) over w is distinct from t as is_first, lead(t) over w is distinct from t as is_last
    from steps window w as (partition by c order by b, q)),
numbered as (
    select *, sum(is_first::int) over (partition by c order by b, q rows unbounded preceding)::int as k from looked),
blocks as (
    select c, k, any_value(t) as t, min(b) as b, max(b) as l, max(e) as e, min(b) filter (s <> 1) as acted,
        bool_or(is_last and s = 2) as is_done
    from numbered group by c, k),
passed as (
    select *, case when e >= l then e end as known, lag(t) over w as sender, lead(t) over w as onward,
        lag(case when e >= l then e end) over w as known_before, lag(is_done) over w as was_done
    from blocks window w as (partition by c order by k)),
waits as (
    select c, sender, t, coalesce(acted, case when onward is not null then known end)
        - case when was_done then b else known_before end as h
    from passed where sender is not null),
hours as (select c, sender, t, case when h < 0 then 0 else h / 3600e6 end as h from waits),
pairs as (
    select sender, t, count(*) as k, count(distinct c) as cases, quantile_cont(h, [0.5, 0.9]) as h,
        coalesce(sum(h), 0) as total
    from hours group by sender, t)
select f.team, o.team, k, cases, h[1], h[2], total
from pairs join teams f on f.t = pairs.sender join teams o on o.t = pairs.t
"""
REWORK = """
with looked as (
    select *, row_number() over w as p, lag(t) over w is distinct from t as is_change
    from steps window w as (partition by c order by b, q)),
turns as (
    select *, lag(s) over w as s1, lag(a) over w as a1, lag(e) over w as e1, lag(p) over w as p1
    from looked where is_change or s <> 1 window w as (partition by c order by p)),
pieces as (
    select c, a, t, count(*) as n from turns
    where s = 0 and (is_change or s1 = 1 or a1 <> a or not coalesce(b <= e1 or p - p1 > 1, true)) group by all),
runs as (select c, a, sum(n - 1) as r from pieces group by all),
counted as (select a, count(*) filter (r > 0) as cases, sum(r) as r, avg((r > 0)::int) as share from runs group by a)
select activity, cases, r, share from counted join activities using (a)
"""


def with_sql(file: str) -> Results:
    """DuckDB at its best: names coded as numbers once, then as few sorts as the definitions allow."""
    import duckdb

    connection = duckdb.connect()
    for statement in CODED.replace("$file", f"'{file}'").split(";"):
        connection.execute(statement)
    queries = {"follows": FOLLOWS, "handoffs": HANDOFFS, "rework": REWORK}
    return {name: [list(row) for row in connection.execute(query).fetchall()] for name, query in queries.items()}


def with_pandas(file: str) -> Results:
    """As an analyst would write it: sort once, then shift, cumulate and group."""
    import pandas as pd

    steps = pd.read_parquet(file, columns=[name for name in COLUMNS if name != "stage"])
    steps = steps.sort_values(["case_id", "started_at", "step_seq"], ignore_index=True)
    for name in ("case_id", "activity", "team", "status"):
        steps[name] = steps[name].astype("category")
    for name in ("started_at", "ended_at"):
        steps[name] = steps[name].dt.as_unit("us").astype("int64").where(steps[name].notna()) / 3600e6
    steps["case_id"] = steps["case_id"].cat.codes
    follows = _follows_in_pandas(steps)
    return {"follows": follows, "handoffs": _handoffs_in_pandas(steps), "rework": _rework_in_pandas(steps)}


def _follows_in_pandas(steps) -> list[list]:
    ended = steps["ended_at"].where(steps["status"] == "active")
    worked = ended.groupby(steps["case_id"]).cummax().groupby(steps["case_id"]).ffill()
    inside = steps["case_id"].shift(-1) == steps["case_id"]
    start, after = steps["started_at"], steps["started_at"].shift(-1)
    idle = after - start - (worked.clip(upper=after) - start).clip(lower=0).fillna(0)
    known = (steps["status"] != "active") | steps["ended_at"].notna()
    rows = steps[["activity"]].assign(to=steps["activity"].shift(-1), hours=idle.where(known))[inside]
    return _by_pair(rows, ["activity", "to"])


def _by_pair(rows, pair: list[str], *more: str) -> list[list]:
    groups = rows.groupby(pair, observed=True)
    shares = groups["hours"].quantile([0.5, 0.9]).unstack()
    found = groups.agg(count=("hours", "size"), **{name: (name, "nunique") for name in more})
    found = found.join(shares)
    return (found.join(groups["hours"].sum()) if more else found).reset_index().to_numpy().tolist()


def _handoffs_in_pandas(steps) -> list[list]:
    same_case = steps["case_id"] == steps["case_id"].shift()
    steps = steps.assign(block=(~(same_case & (steps["team"] == steps["team"].shift()))).cumsum())
    acted = steps["started_at"].where(steps["status"] != "waiting")
    groups = steps.assign(acted=acted, is_done=steps["status"] == "done").groupby("block", sort=False)
    blocks = groups.agg(
        case_id=("case_id", "first"),
        team=("team", "first"),
        start=("started_at", "min"),
        last=("started_at", "max"),
        end=("ended_at", "max"),
        acted=("acted", "min"),
        is_done=("is_done", "last"),
    )
    known = blocks["end"].where(blocks["end"] >= blocks["last"])
    onward = blocks["case_id"] == blocks["case_id"].shift(-1)
    was_done = blocks["is_done"].shift(fill_value=False)
    given = known.shift().where(~was_done, blocks["start"])
    hours = (blocks["acted"].fillna(known.where(onward)) - given).clip(lower=0)
    rows = blocks.assign(sender=blocks["team"].shift(), hours=hours)
    rows = rows[blocks["case_id"] == blocks["case_id"].shift()]
    return _by_pair(rows, ["sender", "team"], "case_id")


def _rework_in_pandas(steps) -> list[list]:
    same_case = steps["case_id"] == steps["case_id"].shift()
    change = ~(same_case & (steps["team"] == steps["team"].shift()))
    rows = steps.assign(change=change, place=range(len(steps)))[change | (steps["status"] != "waiting")]
    before = rows[["status", "activity", "ended_at", "place"]].shift()
    unbroken = before["ended_at"].isna() | (rows["started_at"] <= before["ended_at"])
    unbroken |= rows["place"] - before["place"] > 1
    same = (before["status"] != "waiting") & (before["activity"] == rows["activity"])
    begins = (rows["status"] == "active") & (rows["change"] | ~(same & unbroken))
    pieces = rows[begins].groupby(["activity", "case_id", "team"], observed=True).size() - 1
    runs = pieces.groupby(level=["activity", "case_id"], observed=True).sum().rename("repeats").reset_index()
    runs["again"] = runs["repeats"] > 0
    found = runs.groupby("activity", observed=True).agg(
        cases=("again", "sum"), repeats=("repeats", "sum"), share=("again", "mean")
    )
    return found.reset_index().to_numpy().tolist()


WITH_PM4PY = '''
import json, resource, sys, time

import pandas as pd
import pm4py

laps, began = {}, time.perf_counter()


def lap(name):
    """The seconds since the last lap."""
    global began
    laps[name], began = round(time.perf_counter() - began, 2), time.perf_counter()


wall, processor = time.perf_counter(), time.process_time()
steps = pd.read_parquet(sys.argv[1], columns=["case_id", "started_at", "ended_at", "activity", "team"])
steps["ended_at"] = steps["ended_at"].fillna(steps["started_at"])  # it would drop steps whose end is not known
lap("read")
log = pm4py.format_dataframe(
    steps, case_id="case_id", activity_key="activity", timestamp_key="ended_at", start_timestamp_key="started_at"
)
del steps
lap("format")
counts = pm4py.discover_dfg(log)[0]
lap("directly-follows")
gaps = pm4py.discover_performance_dfg(log)[0]
lap("its times")
handed = pm4py.discover_dfg(log, activity_key="team")[0]
lap("handoffs")
pm4py.discover_performance_dfg(log, activity_key="team")
lap("their times")
pm4py.get_rework_cases_per_activity(log)
lap("rework")
took = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
took["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
follows = [[*pair, int(count), float(gaps[pair]["median"]) / 3600] for pair, count in counts.items()]
handoffs = [[*pair, int(count)] for pair, count in handed.items() if pair[0] != pair[1]]
found = {"laps": laps, "version": pm4py.__version__, "follows": follows, "handoffs": handoffs}
print(json.dumps(took | found), flush=True)
'''

SIDES: dict[str, Callable[[str], Results]] = {"library": with_library, "sql": with_sql, "pandas": with_pandas}


def measure(side: str, file: str, rounds: int) -> None:
    """Runs one side and prints what it took and found as JSON."""
    import cxops.journey  # noqa: F401 - imports are nobody's sums
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401

    laps = []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        found = SIDES[side](file)
        laps.append((time.perf_counter() - wall, time.process_time() - processor))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = {"wall": min(lap[0] for lap in laps), "processor": min(lap[1] for lap in laps), "peak": peak}
    print(json.dumps(best | found))


def printed_json(*command: str) -> dict:
    """What a child process printed on its last line that is JSON."""
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return json.loads(next(line for line in reversed(lines) if line.startswith("{")))


def installed_pm4py(folder: Path) -> str | None:
    """The Python of a new virtual environment that has pm4py; none, saying so, if it cannot be installed."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", "pm4py", "pyarrow"], capture_output=True, text=True)
    if done.returncode == 0:
        return python
    print(f"without pm4py, which cannot be installed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return None


def check_equal(name: str, ours: list[list], theirs: list[list], keys: int) -> None:
    """Raises AssertionError unless both hold the same rows in any order; as many columns as they have are compared."""
    left, right = ({tuple(row[:keys]): row[keys:] for row in rows} for rows in (ours, theirs))
    if left.keys() != right.keys():
        raise AssertionError(f"{name} must have the same rows: {sorted(left.keys() ^ right.keys())[:5]}")
    for key, row in right.items():
        for mine, other in zip(left[key], row, strict=False):
            if not (mine == other or math.isclose(mine, other, rel_tol=1e-9, abs_tol=1e-9)):
                raise AssertionError(f"{name} must be equal for {key}: {left[key]} and {row}")


def check_pm4py(ours: dict, theirs: dict) -> None:
    """Counts of both, and the median gap after activities that are neither waiting nor the last."""
    check_equal("pm4py: directly-follows", ours["follows"], [row[:3] for row in theirs["follows"]], 2)
    check_equal("pm4py: handoffs", ours["handoffs"], theirs["handoffs"], 2)
    worked = {row[0] for row in ours["rework"]}
    left, right = ([row for row in side["follows"] if row[0] in worked] for side in (ours, theirs))
    check_equal("pm4py: gaps after work", [[*row[:2], row[3]] for row in left], [[*r[:2], r[3]] for r in right], 2)


def compare(count: int, python: str | None, with_pm4py: bool) -> None:
    """All sides on the same events, and how they compare; raises AssertionError if they disagree."""
    rounds = 3 if count <= 2_000_000 else 1
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "steps.parquet")
        subprocess.run([sys.executable, __file__, str(count), "--write", file], check=True)
        runs = {
            side: printed_json(sys.executable, __file__, str(rounds), "--measure", side, "--file", file)
            for side in SIDES
        }
        if with_pm4py and (python := python or installed_pm4py(Path(folder) / "pm4py")):
            script = Path(folder) / "with_pm4py.py"
            script.write_text(WITH_PM4PY, "utf-8")
            runs["pm4py"] = printed_json(python, str(script), file)
    for side in ("sql", "pandas"):
        for name, keys in (("follows", 2), ("handoffs", 2), ("rework", 1)):
            check_equal(f"{side}: {name}", runs["library"][name], runs[side][name], keys)
    if "pm4py" in runs:
        check_pm4py(runs["library"], runs["pm4py"])
    show(count, rounds, runs)


def show(count: int, rounds: int, runs: dict[str, dict]) -> None:
    """Prints the table."""
    handed = sum(row[2] for row in runs["library"]["handoffs"])
    repeats = sum(row[2] for row in runs["library"]["rework"])
    print(f"{count:,} events (synthetic), {handed:,} handoffs, {repeats:,} repeats; equal results; best of {rounds}")
    print(f"{'':26}{'processor':>12}{'wall':>10}{'peak':>10}{'processor':>14}{'wall':>8}")
    print(f"{'':26}{'s':>12}{'s':>10}{'MB':>10}{'/ library':>14}{'':>8}")
    base = runs["library"]
    for side, run in runs.items():
        ratios = f"{run['processor'] / base['processor']:>14.2f}{run['wall'] / base['wall']:>8.2f}"
        print(f"{SHOWN[side]:26}{run['processor']:>12.2f}{run['wall']:>10.2f}{run['peak']:>10.0f}{ratios}")
    if "pm4py" in runs:
        laps = ", ".join(f"{name} {seconds}" for name, seconds in runs["pm4py"]["laps"].items())
        print(f"pm4py {runs['pm4py']['version']} in seconds: {laps}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1_000_000, help="events; rounds when measuring")
    parser.add_argument("--pm4py", metavar="PYTHON", help="a Python that has pm4py, in place of a new environment")
    parser.add_argument("--without-pm4py", action="store_true")
    for hidden in ("--write", "--measure", "--file"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write_events(given.write, given.count)
    elif given.measure:
        measure(given.measure, given.file, given.count)
    else:
        compare(given.count, given.pm4py, not given.without_pm4py)

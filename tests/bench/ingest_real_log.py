"""Seconds and peak memory of bringing in the real incident log, beside what pandas needs just to read it.

Run it by itself: `python tests/bench/ingest_real_log.py [times]` with `times` copies of the log under other case ids.
"""

import gzip
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from cxops import tables, workspace

LOG = workspace.PROJECT.parent / "shared" / "data" / "bpic2013_incidents" / "incidents.csv.gz"


def repeated(log: Path, times: int, folder: Path) -> Path:
    """The log `times` over, each time under other case ids."""
    header, *rows = gzip.decompress(log.read_bytes()).decode().splitlines()
    file = folder / f"{times}_logs.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write(header + "\n")
        out.writelines(f"{turn}-{row}\n" for turn in range(times) for row in rows)
    return file


def peak_mib() -> float:
    """Peak memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(times: int) -> None:
    if not LOG.exists():
        sys.exit("the real log is not in the shared data: nothing was measured")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = LOG if times == 1 else repeated(LOG, times, folder)
        os.environ["CXOPS_DATA"] = str(folder / "data")
        print(f"before: peak {peak_mib():.0f} MiB")
        start = time.perf_counter()
        (report,) = tables.ingest("bpic2013", [log]).files
        ingest_seconds = time.perf_counter() - start
        print(f"ingest of {report.rows_in:,} rows: {ingest_seconds:.2f} s, peak {peak_mib():.0f} MiB")
        start = time.perf_counter()
        tables.ingest("bpic2013", [log])
        print(f"the same file again: {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        pd.read_csv(log, dtype=str)
        pandas_seconds = time.perf_counter() - start
        ratio = ingest_seconds / pandas_seconds
        print(f"pandas.read_csv alone: {pandas_seconds:.2f} s; ingest takes {ratio:.1f} times that")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)

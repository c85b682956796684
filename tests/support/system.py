"""Whole systems for tests: real nodes as processes, on real Kafka and PostgreSQL, and officers who act on them.

A test tells a part of the story with a `Run` of its own. Several runs may share a cluster: each begins at another
millisecond, so all its ids are its own, and it moves the cluster's clock to where it needs it.
"""

import itertools
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from deploy.local.story import chapter_0_register
from deploy.local.story.run import BEGINS, Run

_numbers = itertools.count()


@asynccontextmanager
async def system(*authority_ids: str, rules: Mapping[str, Any] | None = None) -> AsyncIterator[Cluster]:
    """A cluster of these authorities, or of all; everything of it is gone afterwards.

    Args:
        rules: dated switches for every node, e.g. {"o310_days": [["2025-01-01", "working"]]}.
    """
    layout = _layout(authority_ids, rules)
    try:
        async with Cluster(layout, clock=BEGINS).running() as cluster:
            yield cluster
    finally:
        shutil.rmtree(layout.folder, ignore_errors=True)


@asynccontextmanager
async def run_on(cluster: Cluster, **more: Any) -> AsyncIterator[Run]:
    """A run of the story on a cluster, its officers registered."""
    beginning = datetime.fromtimestamp(time.time(), UTC) + timedelta(milliseconds=next(_numbers))
    run = Run(cluster, beginning, **more)
    try:
        run.move(BEGINS)
        await chapter_0_register.tell(run)
        yield run
    finally:
        await run.aclose()


def _layout(authority_ids: tuple[str, ...], rules: Mapping[str, Any] | None) -> Layout:
    folder = Path(tempfile.mkdtemp(prefix="enforcement-system-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when the tests run as root
    known = Authorities.read()
    layout = Layout(folder, known.only(*authority_ids) if authority_ids else known)
    for each in layout.authorities.all if rules else ():
        layout.node(each.id).mkdir(parents=True)
        layout.rules_file(each.id).write_text(json.dumps(rules))
    return layout

"""The whole story, told once for all scenarios that look at it."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.story import whole
from deploy.local.story.run import Run
from tests.support.system import run_on, system


@pytest.fixture(scope="package")
async def story() -> AsyncIterator[Run]:
    """Seven authorities after the story's last chapter; every chapter has checked itself on the way."""
    async with system(collects=True) as cluster, run_on(cluster) as run:
        for chapter in whole.CHAPTERS[1:]:
            await chapter.tell(run)
        yield run

"""What every shared type shows, as a file that people review when it changes.

`buf breaking` does not look at custom options, so a field that becomes visible would pass it unseen. To accept a
change: `ENFORCEMENT_GOLDEN=write pytest tests/contract/test_shared_views.py`, then read the difference.
"""

import os
from pathlib import Path

from services.kernel.envelopes.disclosure import Catalogue

GOLDEN = Path(__file__).with_name("shared_views.txt")


def test_the_views_are_the_reviewed_ones():
    views = "\n".join(Catalogue.load().views()) + "\n"
    if os.environ.get("ENFORCEMENT_GOLDEN") == "write":
        GOLDEN.write_text(views, encoding="utf-8")
    assert views == GOLDEN.read_text(encoding="utf-8")


def test_every_share_option_is_well_made():
    assert Catalogue.load().findings() == []

"""verdicts.md: every outcome that an envelope can have, from services.kernel.envelopes.verdicts."""

from deploy.reference.markdown import page
from deploy.reference.source import path_of
from services.kernel.envelopes import verdicts


def make() -> str:
    """The page."""
    return page(
        "Outcomes of envelopes",
        f"`{path_of(verdicts)}`",
        "In order of precedence: an envelope with two faults has the code that stands first.",
        verdicts.reference(),
    )

"""Figures with their targets, and the page that they are written to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    group: str
    name: str
    value: float
    unit: str
    target: float | None = None
    """What design asks; None for a raw limit or a number that is only shown."""
    at_most: bool = False
    """The target is a ceiling."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def row(self) -> str:
        """One line of a Markdown table."""
        bound = "" if self.target is None else f"{'≤' if self.at_most else '≥'} {self.target:,g} {self.unit}"
        verdict = {None: "", True: "met", False: "**not met**"}[self.met]
        shown = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:,.1f}"
        return f"| {self.group} | {self.name} | {shown} {self.unit} | {bound} | {verdict} |"


def table(figures: list[Figure]) -> str:
    """A Markdown table."""
    return "\n".join(
        ["| | measured | result | target | |", "|---|---|--:|--:|---|", *(figure.row() for figure in figures)]
    )

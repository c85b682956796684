"""Figures with their targets, and the page that they are written to."""

from dataclasses import dataclass
from datetime import date


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


def page(machine: str, day: date, figures: list[Figure]) -> str:
    """docs/performance.md."""
    missed = [figure for figure in figures if figure.met is False]
    verdict = "Every target is met."
    if missed:
        verdict = f"{len(missed)} targets are not met, and growth in part; why stands below the table."
    return f"""# Performance

Measured by `make bench` on {day}: {machine}.

Client, node, PostgreSQL and Kafka share the cores, so shares count and absolute figures are lower bounds. Raw is
plain asyncpg inserts at the same number of connections, or a grpc.aio echo of the same bytes, bare or with one raw
insert, in the same run. {verdict}

{table(figures)}

{NOTES}"""


NOTES = """## Reading the table

- **Append, one caller**: the fixed cost of one call of the append function (order, conflicts, idempotency, hash) is
  shared with nobody.
- **Command path**, not met, and out of reach on two cores: an echo that only inserts its bytes into one table, without
  order, hash or idempotency, reaches 32 to 60 % of the bare echo itself, because PostgreSQL and client share the cores.
  A command reaches about half of that (46 to 58 % in the runs of 2026-11-22). Of the node's 0.6 to 0.7 ms a command
  gRPC takes 0.2 ms, as in the echo; identity, validation, decision, encoding and hashes take 0.06 ms (measured in one
  process without gRPC and PostgreSQL); the rest is one commit and what follows it, views, policies, clocks and the
  exchange, shared by the commands of a group commit: about 5 at 32 callers. Waiting for more callers before a commit
  was tried: batches grew to 8, the rate did not.
- **Feed read**: the client sets the collector of garbage as a node does; with Python's default it reads a third.
- **Memory**, not met since a node has nine services: the interpreter with gRPC, asyncpg, protobuf, protovalidate,
  OpenTelemetry, Typst and the descriptors of all services takes 120 MB before a node opens its ledger (2026-11-22, by
  import), 160 MB when it serves; up to 20,000 remembered aggregates come on top, 2 KB each for officers. One arena of
  malloc instead of many saves 6 MB only. Faust's 20 MB are loaded by a platform only.
- **Platform p50**, not met, and p99 just (98.9 and 105 ms in two runs): two events a command (the clue and
  its clock), each its own envelope, on two cores that also run both nodes, Kafka and PostgreSQL. About half of the way
  lies before the envelope is stored (the ledger's flush, the reader, the signature, a second flush), half after it (the
  guard's flush, Kafka, verification, the platform's flush). Kafka and Faust are not what waits: from a producer's send
  to the platform's hands 2.4 ms (p50) and 5.5 ms (p90) at 200/s; no client lingers, and every fetch answers with the
  first byte.
- **Casework**: the cases service alone beside PostgreSQL; the cases that are written to are the oldest of the ledger at
  both sizes. An import has about half a command's rate: a row is a command, its rows of five tables, and its share of a
  check that waits for the views. Both sizes are measured once PostgreSQL has tidied up after the load (vacuum,
  statistics, checkpoint): before that was so the p99 at 100,000 was 0.9 to 2.2 times as high in four runs, and searches
  took 80 to 95 ms, because a table without statistics is joined by a scan. A read model that is built anew gets its
  statistics before it is read; a node that loads a hundred thousand rows at once has them from autovacuum about a
  minute later.
- **Transfer**: a whole transfer is eight commands on two nodes, and what these tell each other and the procuratorate,
  with receipts, clocks and views; client, three nodes, Kafka and PostgreSQL share two cores, so 16 at once wait for
  each other. Of the time to the receipt two ways through Kafka are the exchange's receipt latency above; the rest is
  the police's referral, opened by a policy, and two commands.
- **Roadside**: all 50 clients write to one participation, whose commands are decided in turn and committed one by one,
  3 to 4 ms each. Three nodes, Kafka, PostgreSQL and the clients share two cores.
- **Growth** to ten million events, measured by hand ([performance-growth.md](performance-growth.md)): flat, and so met,
  for new streams and for reads; not met for events of an old stream picked at random, which fall to 0.6 to 0.7 of raw
  once the ledger is several times larger than the shared buffers.
- **+1 ms**: both sides pay one millisecond more for every flush, nearer to a cloud volume or a synchronous standby.
- **Tracing**: nodes export nothing here. With every span exported a command costs the node about half as much again;
  sample in production.
"""

"""Sending the queue: any order, cuts before and after, repeats; nothing lost or doubled."""

import asyncio
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.field.queue import Queue, Queued, State
from services.cli.field.sync import CUTS_MAX, Accepted, Answer, Failed, NoAnswer, RefusedBy, Report, sync

MISMATCH = RefusedBy("kernel", "COMMAND_MISMATCH", "编号已用于另一请求")
UNKNOWN = RefusedBy("joint_operations", "INSPECTION_UNKNOWN", "没有该次检查记录")
TWICE = RefusedBy("joint_operations", "INSPECTION_TWICE", "检查已记录")


class Node:
    """What the node promises: an id is decided once, its first answer is its answer, a refusal leaves nothing.

    A request is `name` or `name<ground`: the second is refused while nothing called `ground` is there.
    """

    def __init__(self) -> None:
        self.ledger: list[str] = []
        self._answers: dict[str, tuple[bytes, Accepted]] = {}

    def decide(self, command: Queued) -> Answer:
        if held := self._answers.get(command.command_id):
            return held[1] if held[0] == command.request else MISMATCH
        name, _, ground = command.request.decode().partition("<")
        if ground and ground not in self.ledger:
            return UNKNOWN
        if name in self.ledger:
            return TWICE
        self.ledger.append(name)
        answer = Accepted(name, len(self.ledger))
        self._answers[command.command_id] = (command.request, answer)
        return answer


class Network:
    """Cuts as it likes: before the node has the command, or after it decided; and sends some twice."""

    def __init__(self, node: Node, whims: random.Random, cut: float) -> None:
        self._node, self._whims, self._cut = node, whims, cut

    async def send(self, command: Queued) -> Answer:
        if self._whims.random() < self._cut:
            return NoAnswer()
        answer = self._node.decide(command)
        if self._whims.random() < self._cut:
            assert self._node.decide(command) == answer
        return NoAnswer() if self._whims.random() < self._cut else answer


def queued(name: str, ground: str = "", *, command_id: str = "") -> Queued:
    request = f"{name}<{ground}" if ground else name
    return Queued(command_id or f"id of {name}", "2024-12-18", "m", request.encode(), b"k", b"s")


def run(folder: Path, node: Node, *commands: Queued, whims: random.Random | None = None, cut: float = 0) -> Report:
    """Queues the commands and sends what waits in an arbitrary order."""
    whims = whims or random.Random(1)

    def shuffled(waiting: Sequence[Queued]) -> Sequence[Queued]:
        return whims.sample(waiting, len(waiting))

    with Queue(folder / "queue.sqlite") as queue:
        for command in commands:
            queue.add(command)
        return asyncio.run(sync(queue, Network(node, whims, cut).send, order=shuffled))


def states(folder: Path) -> dict[str, State]:
    with Queue(folder / "queue.sqlite") as queue:
        return {command.command_id: command.state for command in queue.all()}


@settings(max_examples=25, deadline=None)
@given(
    grounds=st.lists(st.integers(0, 16), max_size=16),
    clients=st.integers(1, 3),
    cut=st.sampled_from([0.0, 0.2, 0.5]),
    seed=st.integers(0, 2**32),
)
def test_nothing_is_lost_or_doubled(grounds, clients, cut, seed):
    """Command n rests on command `grounds[n]`, if that is an earlier one, which another client may hold."""
    node, whims = Node(), random.Random(seed)
    names = [f"n{n}" for n in range(len(grounds))]
    commands = [queued(names[n], names[on] if on < n else "") for n, on in enumerate(grounds)]
    held = [whims.randrange(clients) for _ in commands]
    with tempfile.TemporaryDirectory() as top:
        folders = [Path(top, str(client)) for client in range(clients)]
        for client, folder in enumerate(folders):
            folder.mkdir()
            own = [command for command, by in zip(commands, held, strict=True) if by == client]
            run(folder, node, *own, whims=whims, cut=cut)
            assert set(states(folder)) == {command.command_id for command in own}
        reports = [Report(waiting=1)]
        while any(report.waiting for report in reports):  # who waits for a colleague comes again, now undisturbed
            reports = [run(folder, node, whims=whims) for folder in folders]
            assert any(report.accepted for report in reports) or not any(report.waiting for report in reports)
        assert sorted(node.ledger) == sorted(names)
        assert all(state is State.ACCEPTED for folder in folders for state in states(folder).values())


def test_what_comes_before_its_ground_is_sent_again_in_the_same_run(tmp_path):
    node = Node()
    report = run(tmp_path, node, queued("handling", "finding"), queued("finding", "inspection"), queued("inspection"))
    assert node.ledger == ["inspection", "finding", "handling"]
    assert (report.accepted, report.conflicts, report.waiting) == (3, 0, 0)


def test_what_waits_for_a_colleagues_device_waits_and_says_why(tmp_path):
    node = Node()
    assert run(tmp_path, node, queued("finding", "inspection")).waiting == 1
    with Queue(tmp_path / "queue.sqlite") as queue:
        [waiting] = queue.all(State.WAITING)
    assert (waiting.reason, waiting.sentence) == ("joint_operations/INSPECTION_UNKNOWN", "没有该次检查记录")
    node.decide(queued("inspection"))
    assert run(tmp_path, node).accepted == 1


def test_a_final_refusal_is_a_conflict_and_stays_in_the_queue(tmp_path):
    node = Node()
    node.decide(queued("inspection"))
    report = run(tmp_path, node, queued("inspection", command_id="another id"))
    assert (report.accepted, report.conflicts) == (0, 1)
    assert states(tmp_path) == {"another id": State.CONFLICT}


def test_another_content_under_a_known_id_is_a_conflict(tmp_path):
    node = Node()
    node.decide(queued("inspection", command_id="c"))
    assert run(tmp_path, node, queued("education", command_id="c")).conflicts == 1
    assert node.ledger == ["inspection"]


def test_without_a_network_it_ends_after_a_few_calls_and_everything_waits(tmp_path):
    report = run(tmp_path, Node(), *(queued(f"n{n}") for n in range(20)), cut=1)
    assert (report.reached, report.cuts, report.waiting) == (False, CUTS_MAX, 20)


def test_a_network_that_cuts_every_other_call_and_brings_nothing_ends_too(tmp_path):
    answers: Iterator[Answer] = iter([NoAnswer(), UNKNOWN] * 100)

    async def send(command: Queued) -> Answer:
        return next(answers)

    with Queue(tmp_path / "queue.sqlite") as queue:
        queue.add(queued("a", "x"))
        queue.add(queued("b", "x"))
        report = asyncio.run(sync(queue, send))
    assert (report.reached, report.cuts, report.waiting) == (False, CUTS_MAX, 2)


def test_commands_at_which_the_node_fails_hold_up_nothing_behind_them_and_say_what_it_said(tmp_path):
    node = Node()

    async def send(command: Queued) -> Answer:
        bad = command.request.startswith(b"bad")
        return Failed("INTERNAL", "内部错误 4711") if bad else node.decide(command)

    with Queue(tmp_path / "queue.sqlite") as queue:
        for n in range(CUTS_MAX + 1):
            queue.add(queued(f"bad{n}"))
        queue.add(queued("good"))
        report = asyncio.run(sync(queue, send))
        shown = {(one.reason, one.sentence) for one in queue.all(State.WAITING)}
    assert (report.accepted, report.waiting, report.reached) == (1, CUTS_MAX + 1, True)
    assert shown == {("INTERNAL", "内部错误 4711")}

"""Whom the ledger of a case names besides the party (第三人): whoever reported it, owns the vehicle, received a
document, represented the party or stood by. Pure.

What officers wrote is words, not names: "见证人：王五" or "王五 13900000000". Each name among them counts, without what
it was called; what is no name of anybody ("本人") does not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import notice_pb2 as notices
from google.protobuf.message import Message

_PARTY: Final = ("party.name", "party.representative", "vehicle.owner", "vessel.owner", "vessel.operator")
_SERVICE: Final = ("delivery.recipient_name", "delivery.witness")
WHERE: Final[Mapping[type[Message], tuple[str, ...]]] = {
    pb.ClueRegistered: ("reporter", *_PARTY),
    pb.CaseFiled: ("party.name", "party.representative", "vehicle.owner"),
    imports.CaseImported: tuple(f"imported.{path}" for path in _PARTY),
    pb.ItemsSeized: ("present",),
    pb.SeizureExtended: _SERVICE,
    pb.SeizureReleased: _SERVICE,
    pb.PreservationDecided: _SERVICE,
    evidence.TestCommissioned: _SERVICE,
    evidence.TestProlonged: _SERVICE,
    decisions.DecisionAmended: _SERVICE,
    decisions.DecisionRevoked: _SERVICE,
    pb.NoPenaltyDecided: ("guardian",),
    pb.EvidenceAdded: ("signed_by",),
    evidence.SampleTaken: ("present",),
    hearing.HearingNotified: _SERVICE,
    hearing.HearingHeld: ("representatives",),
    pb.CorrectionOrdered: _SERVICE,
    pb.NoticeServed: _SERVICE,
    notices.NoticeServedAnew: _SERVICE,
    delivery.DeliveryAddressConfirmed: ("receiver",),
    pb.DecisionServed: _SERVICE,
}
"""Where events name people, by field."""

_BETWEEN: Final = re.compile(r"[\s,，、;；:：/()（）]+")
_CALLED: Final = re.compile(
    r"^(?:当事人|被处罚人|见证人|证人|委托代理人|代理人|代收人|收件人|法定代表人|负责人|驾驶员|驾驶人|车主|举报人|同住成年家属)+"
)
_NOBODY: Final = frozenset(("本人", "已签名", "拒绝签名", "拒签", "匿名", "不详", "无"))
_LENGTHS: Final = range(2, 41)


def known_persons(history: Iterable[Message]) -> tuple[str, ...]:
    """Names in a case's events, each once, in order."""
    return tuple(dict.fromkeys(name for event in history for name in _named(event)))


def _named(event: Message) -> Iterator[str]:
    for path in WHERE.get(type(event), ()):
        for words in _at(event, path.split(".")):
            yield from _names(words)


def _names(words: str) -> Iterator[str]:
    for word in _BETWEEN.split(words):
        name = _CALLED.sub("", word)
        if len(name) in _LENGTHS and name not in _NOBODY and not re.fullmatch(r"[\d+*-]+", name):
            yield name


def _at(message: Any, path: list[str]) -> Iterator[str]:
    found = getattr(message, path[0])
    if len(path) > 1:
        yield from _at(found, path[1:])
    elif isinstance(found, str):
        yield found
    else:
        yield from found

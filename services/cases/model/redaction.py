"""The public copy of a decision: what is hidden, and what stands there instead (行政处罚法 art. 48, 民法典 art. 1034).

Pure: a text and what is known of party and others give redactions; a text and redactions give the copy. The copy and
the text differ in the redactions and in nothing else: `apply` cuts exactly what they name, and `restore` proves it.

hidden                                       found by                       stands there
name of a natural person                     the party's name               family name and stars: 张*
number of an identity document               its form, the party's number   ***
telephone, mail                              their form, the party's        ***
address                                      the party's                    ***
bank account, any long number                eleven digits and more         ***
plate                                        its form                       its first two characters and stars
a minor's name                               the party's card on the day    ***
third persons whom the ledger knows          their names                    ***
health, further persons, secrets             the words that people name     ***

An organisation keeps its name and its credit code (统一社会信用代码), and whoever acts for it is hidden.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import publication_pb2 as pb

STARS: Final = "***"
_FORMS: Final = (
    (pb.REDACTION_KIND_ID_NUMBER, re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{9}[\dXx](?!\d)")),
    (pb.REDACTION_KIND_BANK_ACCOUNT, re.compile(r"(?<!\d)\d(?:[ \t]?\d){10,}(?!\d)")),
    (pb.REDACTION_KIND_CONTACT, re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")),
    (pb.REDACTION_KIND_CONTACT, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    (
        pb.REDACTION_KIND_PLATE,
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•\s]?[A-Z0-9]{4,5}[A-Z0-9挂学警]"
        ),
    ),
)


def propose(
    text: str,
    party: events.Party | None,
    hidden: Iterable[pb.Hidden] = (),
    *,
    known_persons: Iterable[str] = (),
    minor: bool = False,
) -> list[pb.Redaction]:
    """What must be hidden in a text, in order; of finds that overlap nothing is left, the longest says what it is.

    Args:
        known_persons: whom the ledger names besides the party: reporter, owner of the vehicle, recipients,
            representatives, witnesses.
        minor: the party is one.
    """
    found = [*_by_form(text), *_of_party(text, party, minor=minor)]
    for name in known_persons:
        found += [_redaction(text, *place, pb.REDACTION_KIND_THIRD_PERSON) for place in _places(text, name)]
    kept = list(_kept(text, party))
    found = [one for one in found if not any(start <= one.start and one.end <= end for start, end in kept)]
    for word in hidden:
        found += [_redaction(text, start, end, word.kind) for start, end in _places(text, word.text)]
    taken: list[pb.Redaction] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if taken and one.start < taken[-1].end:
            taken[-1] = _together(taken[-1], one)
        else:
            taken.append(one)
    return taken


def _together(one: pb.Redaction, other: pb.Redaction) -> pb.Redaction:
    """Two finds that overlap, of which `one` begins first, as one."""
    longer = max(one, other, key=lambda each: each.end - each.start)
    end = max(one.end, other.end)
    if (longer.start, longer.end) == (one.start, end):
        return longer
    return pb.Redaction(start=one.start, end=end, kind=longer.kind, mask=STARS)


def apply(text: str, redactions: Iterable[pb.Redaction]) -> str:
    """The public copy."""
    parts, at = [], 0
    for one in redactions:
        parts += [text[at : one.start], one.mask]
        at = one.end
    return "".join([*parts, text[at:]])


def restore(copy: str, redactions: Iterable[pb.Redaction], words: Iterable[str]) -> str:
    """The text again, from its copy and the words hidden: a copy that differs elsewhere gives another text."""
    parts, at, shift = [], 0, 0
    for one, word in zip(redactions, words, strict=True):
        start = one.start + shift
        parts += [copy[at:start], word]
        at = start + len(one.mask)
        shift += len(one.mask) - (one.end - one.start)
    return "".join([*parts, copy[at:]])


def digest(text: str) -> bytes:
    """SHA-256 of a text in UTF-8: how a file and its copy are known without being kept."""
    return hashlib.sha256(text.encode()).digest()


def _by_form(text: str) -> Iterator[pb.Redaction]:
    for kind, form in _FORMS:
        for match in form.finditer(text):
            start, end = match.span()
            yield _redaction(text, start, end, kind)


def _kept(text: str, party: events.Party | None) -> Iterator[tuple[int, int]]:
    """Where name and credit code of an organisation stand: these are public, whatever they look like."""
    if party is not None and party.kind == events.PARTY_KIND_ORGANISATION:
        yield from _places(text, party.name)
        yield from _places(text, party.id_number)


def _of_party(text: str, party: events.Party | None, *, minor: bool) -> Iterator[pb.Redaction]:
    if party is None:
        return
    person = party.kind != events.PARTY_KIND_ORGANISATION
    name = pb.REDACTION_KIND_MINOR if minor else pb.REDACTION_KIND_PERSON_NAME
    words = [(party.phone, pb.REDACTION_KIND_CONTACT), (party.address, pb.REDACTION_KIND_ADDRESS)]
    if person:
        words += [
            (party.name, name),
            (party.id_number, pb.REDACTION_KIND_ID_NUMBER),
            (party.licence_number, pb.REDACTION_KIND_ID_NUMBER),
            (party.driving_licence_number, pb.REDACTION_KIND_ID_NUMBER),
        ]
    else:
        words.append((party.representative, pb.REDACTION_KIND_PERSON_NAME))
    for word, kind in words:
        yield from (_redaction(text, start, end, kind) for start, end in _places(text, word))


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    start = text.find(word) if word else -1
    while start >= 0:
        yield start, start + len(word)
        start = text.find(word, start + len(word))


def _redaction(text: str, start: int, end: int, kind: pb.RedactionKind.ValueType) -> pb.Redaction:
    shown = {pb.REDACTION_KIND_PERSON_NAME: 1, pb.REDACTION_KIND_PLATE: 2}.get(kind, 0)
    word = text[start:end]
    mask = word[:shown] + "*" * (len(word) - shown) if shown and len(word) > shown else STARS
    return pb.Redaction(start=start, end=end, kind=kind, mask=mask)

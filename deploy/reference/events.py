"""events.md: every event, to whom it is told and who sees which field, from the protos' options and comments."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from deploy.reference.markdown import cell, code, codes, page, table
from deploy.reference.source import PROTOS, files, first_paragraph, instances, link, said, short
from services.cli.contract import comments
from services.kernel.deadlines.book import CATEGORY, CLOCK_EVENTS
from services.kernel.decider import Aggregate
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_VIEW

_LEVELS = {
    options.VISIBILITY_UNSPECIFIED: "private",
    ADDRESSEE_VIEW: "addressees",
    FEED_VIEW: "feed",
}
_SCALARS: dict[int, str] = {
    number: name.removeprefix("TYPE_").lower() for name, number in FieldDescriptorProto.Type.items()
}


def make() -> str:
    """The page."""
    sources = [(file, events) for file in files() if (events := _events(file))]
    blocks: list[str] = []
    for file, events in sources:
        heading = f"## {file.package.split('.')[1]}"
        blocks += [heading if heading not in blocks else "", cell(first_paragraph(comments().get(file.name, "")))]
        for event in events:
            blocks += [f"### {short(event.full_name)}", _about(event), _fields(event)]
    parts = _reached(event for _, events in sources for event in events)
    messages = sorted((each for each in parts if isinstance(each, Descriptor)), key=lambda each: each.full_name)
    enums = sorted((each for each in parts if isinstance(each, EnumDescriptor)), key=lambda each: each.full_name)
    shared = [event for _, events in sources for event in events if event.GetOptions().HasExtension(options.share)]
    return page(
        "Events",
        f"`{PROTOS}/*/v1`",
        "An event's type is its full message name. What leaves an authority is decided by these options alone: the "
        "feed view goes in the clear to every subscriber of `feed.<authority>`, the addressee view sealed to the "
        "authorities that the named fields hold. A field without a mark is private at every depth; a received event is "
        "never told on.",
        "## Who is told what",
        table(
            ("Event", "In the feed", "Sealed to", "Addressees see more", "Purpose", "Handling"),
            [_told(event) for event in sorted(shared, key=lambda each: each.full_name)],
        ),
        "Every other event stays in its authority's ledger.",
        *blocks,
        "## Parts",
        "Messages inside events. What a field shows here holds when the field that has the part is shown, too.",
        *(block for each in messages for block in (f"### {short(each.full_name)}", _part(each))),
        "## Enumerations",
        *(block for each in enums for block in (f"### {short(each.full_name)}", _enum(each))),
    )


def _events(file: FileDescriptor) -> list[Descriptor]:
    """What an aggregate evolves by, what is shared, and in an events.proto all that is no part of another message."""
    found = list(file.message_types_by_name.values())
    parts = {field.message_type.full_name for each in found for field in each.fields if field.message_type is not None}
    of_events = file.name.endswith("/events.proto")
    return [
        each
        for each in found
        if each.full_name in _categories()
        or each.GetOptions().HasExtension(options.share)
        or (of_events and each.full_name not in parts)
    ]


@cache
def _categories() -> dict[str, str]:
    found = {name: aggregate.name for aggregate in instances(Aggregate) for name in aggregate.events}
    return found | dict.fromkeys(CLOCK_EVENTS, CATEGORY)


def _about(event: Descriptor) -> str:
    lines = [cell(said(event)), ""]
    category = _categories().get(event.full_name, event.file.package.split(".")[1])
    lines.append(f"- Category: {code(category)}")
    lines.append(f"- Told: {_whom(event)}")
    if event.GetOptions().Extensions[options.skippable]:
        lines.append("- A reader that does not know it may skip it.")
    return "\n".join(lines)


def _whom(event: Descriptor) -> str:
    if not event.GetOptions().HasExtension(options.share):
        return "to nobody outside"
    share = event.GetOptions().Extensions[options.share]
    told = ["in the feed"] if share.feed else []
    if share.addressees:
        told.append(f"sealed to {codes(share.addressees)}")
    handling = f", handling {code(share.handling)}" if share.handling else ""
    return f"{', and '.join(told)}; purpose {share.purpose}{handling}"


def _told(event: Descriptor) -> tuple[str, ...]:
    share = event.GetOptions().Extensions[options.share]
    fields = {level: codes(each.name for each in event.fields if _mark(each) == level) for level in _LEVELS}
    return (
        link(event.full_name),
        fields[FEED_VIEW] if share.feed else "—",
        codes(share.addressees) or "—",
        (fields[ADDRESSEE_VIEW] if share.feed else _joined(fields[FEED_VIEW], fields[ADDRESSEE_VIEW]))
        if share.addressees
        else "",
        cell(share.purpose),
        code(share.handling),
    )


def _joined(*cells: str) -> str:
    return ", ".join(filter(None, cells))


def _fields(event: Descriptor) -> str:
    share = event.GetOptions().Extensions[options.share]
    return _rows(event, lambda level: _reaches(level, share))


def _reaches(level: int, share: Any) -> str:
    """Who sees a field of an event outside its authority: a mark means nothing when the event goes to nobody there."""
    if level == FEED_VIEW and share.feed:
        return "feed"
    return "addressees" if level and share.addressees else "private"


def _part(message: Descriptor) -> str:
    return f"{cell(said(message))}\n\n{_rows(message, _LEVELS.__getitem__)}"


def _rows(message: Descriptor, seen: Any) -> str:
    return table(
        ("Field", "Type", "Who sees it", "Meaning"),
        [(code(each.name), _type(each), seen(_mark(each)), cell(said(each))) for each in message.fields],
    )


def _mark(field: FieldDescriptor) -> int:
    return int(field.GetOptions().Extensions[options.visible])


def _type(field: FieldDescriptor) -> str:
    inside = field.message_type or field.enum_type
    if inside is None:
        name = _SCALARS[field.type]
    elif inside.full_name.startswith("enforcement."):
        name = link(inside.full_name)
    else:
        name = inside.name
    return f"{name}, repeated" if field.is_repeated else name


def _enum(enum: EnumDescriptor) -> str:
    rows = [
        (
            code(value.name),
            str(value.number),
            cell(value.GetOptions().Extensions[options.zh]),
            cell(comments().get(f"{enum.full_name}.{value.name}", "")),
        )
        for value in enum.values
    ]
    return f"{cell(said(enum))}\n\n{table(('Value', 'Number', '中文', 'Meaning'), rows)}"


def _reached(events: Iterable[Descriptor]) -> set[Descriptor | EnumDescriptor]:
    found: set[Descriptor | EnumDescriptor] = set()
    waiting = list(events)
    while waiting:
        for inside in _inside(waiting.pop()):
            if inside not in found:
                found.add(inside)
                if isinstance(inside, Descriptor):
                    waiting.append(inside)
    return found


def _inside(message: Descriptor) -> Iterator[Descriptor | EnumDescriptor]:
    for field in message.fields:
        inside = field.message_type or field.enum_type
        if inside is not None and inside.full_name.startswith("enforcement."):
            yield inside

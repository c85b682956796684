"""A request from words that people type (`--grounds 理由 --letter 建议书.pdf`), or from a JSON file.

    text, number   as it is                        choice     English name in lower case, or the Chinese term
    yes or no      --accepted, --no-accepted       instant    2025-05-01 10:00, of Shanghai where it names no zone
    several        the option again                file       a path: the file is stored at the node first
    a form         JSON, whose fields follow the same rules: --suspects '{"name": "张三"}'

Names of fields are those of the protos, with hyphens or without.
"""

import hashlib
import json
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.language import t
from services.cli.options import in_shanghai
from services.cli.output import ExitCode, Failure
from services.kernel.messages import to_timestamp

FILE: Final = common.BlobRef.DESCRIPTOR.full_name
INSTANT: Final = Timestamp.DESCRIPTOR.full_name
_YES: Final = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}

_SENTENCES: Final = {
    "required": ("必填", "is required"),
    "string.min_len": ("不能为空", "must not be empty"),
    "string.max_len": ("过长", "is too long"),
    "string.uuid": ("应为UUID", "must be a UUID"),
    "string.uuid_empty": ("应为UUID，不能为空", "must be a UUID and is empty"),
    "string.pattern": ("格式不符", "has another form"),
    "enum.not_in": ("必填", "is required"),
    "enum.defined_only": ("不在可选值之内", "is none of the choices"),
    "repeated.min_items": ("至少一项", "needs at least one"),
    "repeated.max_items": ("项数过多", "has too many"),
}
"""What a broken rule of the contract means, by the rule's id."""


def given(words: Sequence[str], of: Descriptor) -> dict[str, Any]:
    """The options among the words by the field that each names; one that may come several times is a list.

    Raises:
        Failure: no such field, or a value is missing.
    """
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--"):
            raise _wrong(t(f"多余的参数：{word}", f"one word too many: {word}"))
        name, equals, value = word[2:].partition("=")
        field, no = _option(of, name)
        if field.type == FieldDescriptor.TYPE_BOOL and not equals:
            found[field.name] = not no
            continue
        if not equals:
            if not left:
                raise _wrong(t(f"{word} 缺少取值", f"{word} needs a value"))
            value = left.pop(0)
        if field.is_repeated:
            found.setdefault(field.name, []).append(value)
        else:
            found[field.name] = value
    return found


def filled(of: Descriptor, values: Mapping[str, Any], stored: Callable[[str], Any]) -> dict[str, Any]:
    """The values as protobuf's JSON has them: choices by name, instants with zone, forms with their fields.

    Args:
        stored: a file's reference by its path.

    Raises:
        Failure: no such field, or a value that its field cannot have.
    """
    made: dict[str, Any] = {}
    for name, value in values.items():
        field = _field(of, name)
        if field is None:
            raise _unknown(of, name)
        if field.is_repeated:
            made[field.name] = [_one(field, each, stored) for each in (value if isinstance(value, list) else [value])]
        else:
            made[field.name] = _one(field, value, stored)
    return made


def parsed(request: Message, values: dict[str, Any]) -> None:
    """Puts filled values into a request. Raises `Failure`."""
    try:
        ParseDict(values, request)
    except ParseError as error:
        raise _wrong(f"{t('取值不合要求', 'a value does not fit')}: {error}") from error


def paths_in(of: Descriptor, values: Mapping[str, Any]) -> list[str]:
    """The files that the values name, each once."""
    found: dict[str, None] = {}
    filled(of, values, found.setdefault)
    return list(found)


def reference(path: str) -> dict[str, Any]:
    """How events refer to a file, as the node will answer when it is stored. Raises `Failure`."""
    file = Path(path)
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").digest()
    except OSError as error:
        raise _wrong(f"{t('不能读取文件', 'cannot read the file')} {path}: {error.strerror}") from error
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    made = common.BlobRef(sha256=digest, size=file.stat().st_size, media_type=media_type, file_name=file.name)
    return MessageToDict(made)


def require_valid(request: Message) -> None:
    """The contract's own rules, before anything is sent.

    Raises:
        Failure: each rule that is broken, with its field.
    """
    import protovalidate  # late: no other command needs it

    broken = list(_broken(protovalidate.Validator().collect_violations(request)))
    if broken:
        raise Failure(t("请求不合要求", "the request is not valid"), hint="; ".join(broken), code=ExitCode.WRONG_USE)


def choices(of: EnumDescriptor) -> list[tuple[str, str]]:
    """Names as they are typed, with the Chinese term, of every value but the unset one."""
    return [(_short(of, value.name), value.GetOptions().Extensions[options.zh]) for value in of.values if value.number]


def _broken(violations: Any) -> Iterator[str]:
    for violation in violations:
        path = ".".join(element.field_name for element in violation.proto.field.elements)
        zh, en = _SENTENCES.get(violation.proto.rule_id, (violation.proto.message, violation.proto.message))
        yield f"--{path.replace('_', '-')} {t(zh, en)}"


def _one(field: FieldDescriptor, value: Any, stored: Callable[[str], Any]) -> Any:
    inside = field.message_type
    if inside is not None:
        match inside.full_name, value:
            case (name, str()) if name == FILE:
                return stored(value)
            case (name, str()) if name == INSTANT:
                return _instant(field, value)
            case (_, str()):
                return filled(inside, _form(field, value), stored)
            case (_, Mapping()):
                return filled(inside, value, stored)
        return value
    if field.enum_type is not None and isinstance(value, str):
        return _choice(field, field.enum_type, value)
    if field.type == FieldDescriptor.TYPE_BOOL and isinstance(value, str):
        if value.lower() not in _YES:
            raise _wrong(f"{_typed(field)}: {t('应为 yes 或 no', 'must be yes or no')}")
        return _YES[value.lower()]
    return value


def _instant(field: FieldDescriptor, value: str) -> str:
    try:
        return to_timestamp(in_shanghai(datetime.fromisoformat(value))).ToJsonString()
    except ValueError as error:
        raise _wrong(f"{_typed(field)}: {t('应为时间，如', 'must be an instant, e.g.')} 2025-05-01 10:00") from error


def _form(field: FieldDescriptor, value: str) -> Mapping[str, Any]:
    try:
        form = json.loads(value)
    except ValueError as error:
        raise _wrong(f"{_typed(field)}: {t('应为JSON', 'must be JSON')}: {error}") from error
    if not isinstance(form, dict):
        raise _wrong(f"{_typed(field)}: {t('应为JSON对象', 'must be a JSON object')}")
    return form


def _choice(field: FieldDescriptor, of: EnumDescriptor, value: str) -> str:
    wanted = value.upper().replace("-", "_")
    for each in of.values:
        names = (each.name, _short(of, each.name).upper().replace("-", "_"))
        if each.number and (wanted in names or value == each.GetOptions().Extensions[options.zh]):
            return str(each.name)
    known = " · ".join(f"{name} {zh}".strip() for name, zh in choices(of))
    raise _wrong(f"{_typed(field)}: {t('没有这个取值', 'no such choice')} {value}", hint=known)


def _option(of: Descriptor, name: str) -> tuple[FieldDescriptor, bool]:
    """The field that an option names, and whether it says no."""
    field = _field(of, name)
    if field is not None:
        return field, False
    field = _field(of, name.removeprefix("no-"))
    if field is None or field.type != FieldDescriptor.TYPE_BOOL:
        raise _unknown(of, name)
    return field, True


def _field(of: Descriptor, name: str) -> FieldDescriptor | None:
    plain = name.replace("-", "_")
    return next((each for each in of.fields if name == each.json_name or plain == each.name), None)


def _unknown(of: Descriptor, name: str) -> Failure:
    known = " ".join(_typed(each) for each in of.fields if each.number >= 10)
    return _wrong(f"{t('没有这个字段', 'no such field')}: {name}", hint=known)


def _short(of: EnumDescriptor, name: str) -> str:
    prefix = of.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return str(name.removeprefix(prefix).lower().replace("_", "-"))


def _typed(field: FieldDescriptor) -> str:
    return f"--{field.name.replace('_', '-')}"


def _wrong(sentence: str, *, hint: str = "") -> Failure:
    return Failure(sentence, hint=hint, code=ExitCode.WRONG_USE)

"""What a decision says, as plain text: line by line what its sheet prints, for its publication. Pure.

Promise   every line stands on the sheet word for word, in this order, and the sheet says nothing else but labels of
          empty rows, the place of the seal, how many copies there are, and its footer.
Not       other forms: they are not published.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

_Lines = Iterator[str]


def text_of(printed: Mapping[str, Any]) -> str:
    """The text of a decision's sheet, from what its template prints; empty for a form that is not published."""
    written = _PUBLISHED.get(printed["code"])
    return (
        "\n".join(line for line in (*_head(printed), *written(printed["fields"]), *_foot(printed))) if written else ""
    )


def _head(printed: Mapping[str, Any]) -> _Lines:
    yield printed["authority"]["name"]
    yield printed["title"]
    if printed["case_number"]:
        yield f"案号：{printed['case_number']}"
    yield printed["number"]
    yield from _party(printed["fields"].get("party", {}))


def _party(party: Mapping[str, Any]) -> _Lines:
    """As the rows of the party have it."""
    if not party:
        return
    party = {**party, "sex_and_age": f"{party['sex']} {party['age']}".strip()}
    for label, name in _ORGANISATION if party["organisation"] else _PERSON:
        if party[name]:
            yield f"{label}　{party[name]}"


_PERSON: Final = (
    ("姓名", "name"), ("身份证件号", "id_number"), ("性别、年龄", "sex_and_age"),
    ("联系电话", "phone"), ("住址", "address"),
)  # fmt: skip
_ORGANISATION: Final = (
    ("名称", "name"), ("地址", "address"), ("联系电话", "phone"),
    ("法定代表人", "representative"), ("统一社会信用代码", "id_number"),
)  # fmt: skip


def _foot(printed: Mapping[str, Any]) -> _Lines:
    yield printed["authority"]["name"]
    yield printed["fields"].get("decided_on") or printed["issued_on"]
    if printed["correction"]:
        yield f"更正说明：{printed['correction']}"


def _penalty(fields: Mapping[str, Any]) -> _Lines:
    yield from _said("违法事实及证据：", fields["decision_facts"])
    if "vehicle" in fields:
        yield f"涉案车辆：{_vehicle(fields['vehicle'])}"
    yield f"以上事实有下列证据证明：{_stopped(fields['decision_evidence'])}"
    if "notice_number" in fields:
        yield (
            f"本机关已依法向你（单位）送达{fields['notice_number']}《违法行为通知书》，告知了拟作出行政处罚的内容及事实、理由、"
            "依据和依法享有的陈述、申辩等权利。"
        )
    if "defence_review" in fields:
        yield f"陈述申辩及采纳情况：{_stopped(fields['defence_review'])}"
    if "discretion" in fields:
        yield f"裁量理由：{_stopped(fields['discretion'])}"
    yield (
        f"处罚依据及内容：你（单位）的上述行为违反了{fields['violated']}的规定，依据{fields['basis']}的规定，决定给予："
    )
    for number, penalty in enumerate(fields["penalties"], 1):
        yield f"{number}．{penalty}；"
    yield "的行政处罚。"
    bank, account = fields.get("bank", ""), fields.get("bank_account", "")
    yield (
        f"处罚履行方式和期限：{_stopped(fields.get('performance', ''))}处以罚款的，自收到本决定书之日起十五日内"
        f"缴至{bank}，账号{account}，或者通过电子支付系统缴纳。到期不缴纳罚款的，依据《中华人民共和国行政处罚法》"
        "第七十二条，每日按罚款数额的百分之三加处罚款，加处罚款的数额不超过罚款本数。"
    )
    yield (
        f"{_remedy(fields)}；复议、诉讼期间本决定不停止执行，法律另有规定的除外。逾期不申请行政复议、不提起行政诉讼"
        "又不履行的，本机关将依法强制执行或者申请人民法院强制执行。"
    )


def _no_penalty(fields: Mapping[str, Any]) -> _Lines:
    yield from _said("查明的事实：", fields["no_penalty_facts"])
    yield f"以上事实有下列证据证明：{_stopped(fields['no_penalty_evidence'])}"
    if "violated" in fields:
        yield f"上述行为违反了{fields['violated']}的规定。"
    order = (
        f"，并{fields['guardian_order']}（监护人：{fields.get('guardian', '')}）" if "guardian_order" in fields else ""
    )
    yield f"鉴于{fields['ground']}，依据{fields['basis']}的规定，本机关决定不予行政处罚{order}。"
    if "education" in fields:
        yield (
            "依据《中华人民共和国行政处罚法》第三十三条第三款的规定，本机关已对你（单位）进行教育："
            f"{_stopped(fields['education'])}"
        )
    yield f"{_remedy(fields)}。"


def _remedy(fields: Mapping[str, Any]) -> str:
    return (
        f"如不服本决定，可以在收到本决定书之日起六十日内向{fields['reconsideration_body']}申请行政复议，"
        f"或者在六个月内依法向{fields['court']}提起行政诉讼"
    )


_PUBLISHED: Final[Mapping[str, Callable[[Mapping[str, Any]], _Lines]]] = {"F15": _penalty, "X7": _no_penalty}


def _said(heading: str, words: str) -> _Lines:
    """A longer text: a line for each paragraph."""
    first, *more = words.split("\n")
    yield heading + _stopped(first)
    yield from map(_stopped, more)


def _vehicle(vehicle: Mapping[str, Any]) -> str:
    colour = f"（{vehicle['plate_colour']}牌）" if vehicle["plate_colour"] else ""
    certificate = vehicle["transport_certificate_number"]
    return f"{vehicle['plate']}{colour}" + (f"，道路运输证号：{certificate}。" if certificate else "。")


def _stopped(words: str) -> str:
    """A text with its full stop, as style.typ sets it."""
    return words if not words or words[-1] in "。；！？”）" else f"{words}。"

"""A value for every field of every form, as an officer of 泸县 would give it or the ledger would know it."""

from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.documents.model.document import Known
from services.documents.registry import Field, Form
from services.documents.settings import Letterhead
from services.documents.shared import once_id
from tests.support.decider import REGISTER, officer, uid

MATTER = uid("case")
LETTERHEAD = Letterhead(
    prefix="川泸交",
    address="四川省泸州市泸县玉蟾街道康乐大道100号",
    phone="0830-8191234",
    contact="李明",
    reconsideration_body="泸县人民政府",
    court="泸县人民法院",
    bank="中国工商银行泸县支行",
    bank_account="2304 3751 0910 0012 345",
    postcode="646100",
    head="刘志强",
    credit_code="11510521008537210X",
)
PARTY = {
    "kind": 1,
    "name": "张建国",
    "id_number": "510521198803152718",
    "phone": "13800138000",
    "address": "四川省泸州市泸县立石镇石龙村3组18号",
}
PERSON = {
    "name": "张建国",
    "sex": "男",
    "age": "36",
    "id_number": "510521198803152718",
    "phone": "13800138000",
    "address": "四川省泸州市泸县立石镇石龙村3组18号",
    "employer": "个体",
    "post": "驾驶员",
}
COMPANY = {
    "kind": 2,
    "name": "泸县玉蟾道路运输有限公司",
    "id_number": "91510521MA62ABCD3X",
    "phone": "0830-8190000",
    "address": "四川省泸州市泸县城西工业园区",
    "representative": "王远",
}
VEHICLE = {
    "plate": "川E·D5678",
    "plate_colour": "蓝",
    "type": "小型普通客车",
    "transport_certificate_number": "无",
    "owner": "张建国",
}
BY_KIND: dict[str, Any] = {
    "text": "",
    "lines": ["行政处罚决定书及作出决定的事实、理由和依据", "当事人的意见及行政机关催告情况", "申请强制执行标的情况"],
    "number": 5,
    "flag": True,
    "money": 1_000_050,
    "day": "2024-11-05",
    "instant": "2024-09-06T10:05:00+08:00",
    "party": PARTY,
    "person": PERSON,
    "people": [{key: PERSON[key] for key in ("name", "id_number", "phone", "address")}],
    "vehicle": VEHICLE,
    "officers": [
        {"officer_id": uid("李"), "name": "李明", "credential_number": "51-李"},
        {"officer_id": uid("王"), "name": "王强", "credential_number": "51-王"},
    ],
    "items": [
        {
            "description": "小型普通客车（川E·D5678）",
            "quantity": 1,
            "unit": "辆",
            "spec": "五菱宏光S",
            "place": "泸县停车场",
        },
        {"description": "机动车行驶证", "quantity": 1, "unit": "本"},
    ],
    "evidence": [
        {"kind": "勘验笔录、现场笔录", "description": "现场笔录，证明查获经过", "at": "2024-09-06T10:30:00+08:00"},
        {
            "kind": "当事人的陈述",
            "description": "张建国询问笔录，证明收取乘客费用200元",
            "at": "2024-09-06T11:00:00+08:00",
        },
        {
            "kind": "视听资料",
            "description": "执法记录仪视频一段",
            "at": "2024-09-06T10:05:00+08:00",
            "sha256": "ab" * 32,
        },
    ],
    "penalties": [{"kind": 3, "amount_fen": 1_000_000}, {"kind": 4, "amount_fen": 20_000}],
    "dialogue": [
        {
            "q": "我们是泸县交通运输局的执法人员，这是我们的执法证件，请你确认。你是否申请回避？",
            "a": "已确认，不申请回避。",
        },
        {"q": "请问你今天驾驶川E·D5678从哪里到哪里？车上有几名乘客？", "a": "从立石镇到泸县城区，车上有4名乘客。"},
        {"q": "是否收取了费用？是否取得道路旅客运输经营许可？", "a": "每人收了50元，一共200元。没有办理经营许可。"},
        {"q": "以上所讲是否属实？", "a": "属实。"},
    ],
    "deliveries": [
        {
            "title": "违法行为通知书",
            "number": "川泸交违通〔2024〕1号",
            "way": "直接送达",
            "at": "2024-09-27T10:00:00+08:00",
        },
        {
            "title": "行政处罚决定书",
            "number": "川泸交罚〔2024〕1号",
            "way": "留置送达",
            "at": "2024-11-12T15:20:00+08:00",
        },
    ],
    "instalments": [
        {"due_on": "2024-12-27", "amount_fen": 500_000},
        {"due_on": "2025-01-27", "amount_fen": 500_000},
    ],
}
FOUND = (
    "2024年9月6日10时05分，本机关执法人员在泸永桥交界处检查时发现，张建国驾驶川E·D5678小型普通客车搭载4名乘客，"
    "从立石镇前往泸县城区，每人收取50元，共计200元，现场不能出示道路旅客运输经营许可证和车辆营运证"
)
BY_NAME: dict[str, Any] = {
    "case_number": "川泸交案〔2024〕42号",
    "cause": "涉嫌未取得道路旅客运输经营许可从事道路旅客运输经营",
    "source": "检查发现",
    "found": FOUND,
    "facts": FOUND,
    "decision_facts": FOUND,
    "notice_facts": FOUND,
    "on_spot_facts": "未按规定携带车辆营运证",
    "no_penalty_facts": FOUND,
    "filing_basis": "《中华人民共和国行政处罚法》第五十四条；《中华人民共和国道路运输条例》第六十三条",
    "chief_opinion": "事实基本清楚，建议立案调查，由李明、王强承办。",
    "leader_opinion": "同意立案。",
    "violated": "《中华人民共和国道路运输条例》第十条",
    "basis": "《中华人民共和国道路运输条例》第六十三条第一款第（一）项",
    "notice_basis": "《中华人民共和国道路运输条例》第六十三条第一款第（一）项",
    "on_spot_basis": "《中华人民共和国道路运输条例》第六十八条",
    "law_basis": "《中华人民共和国道路运输条例》第六十二条",
    "decision_evidence": "1．现场笔录一份；2．询问笔录二份；3．执法记录仪视频一段；4．车辆照片四张。",
    "notice_evidence": "现场笔录、询问笔录、执法记录仪视频、车辆照片",
    "evidence_text": "现场照片2张、执法记录仪视频1段",
    "defence_review": "你在规定期限内提出陈述申辩，称系初次从事。经复核，不影响违法行为的认定，已在裁量中考虑。",
    "discretion": "违法行为系初次，违法所得200元，能够配合调查，依据裁量基准按较轻档次处罚。",
    "correction": "立即停止未经许可的道路旅客运输经营行为",
    "decision_number": "川泸交罚〔2024〕1号",
    "list_number": "川泸交登保〔2024〕1号",
    "notice_number": "川泸交违通〔2024〕1号",
    "demand_number": "川泸交催〔2024〕1号",
    "execution_number": "川泸交强执〔2024〕1号",
    "decision": "川泸交强措〔2024〕1号",
    "at_place": "泸县交通运输综合行政执法大队询问室",
    "act_place": "泸永桥交界处",
    "acted_place": "泸永桥交界处",
    "measure": "扣押车辆",
    "weather": "晴",
    "relation": "当事人",
    "recorder": "王强",
    "suspected_crime": "伪造国家机关证件罪（《中华人民共和国刑法》第二百八十条）",
    "police": "泸县公安局",
    "addressee": "重庆市永川区交通运输委员会",
    "procuratorate": "泸县人民检察院",
    "bureau": "泸县交通运输局",
    "bureau_case": "川泸交案〔2024〕42号",
    "supervised": "泸县公安局",
    "letter_number": "川泸交涉移〔2024〕1号",
    "letter_code": "7K2M-Q9XD",
    "transfer_id": "0192f0c1-0000-7000-8000-0000000000f1",
    "receipt_signer": "证件号51-孙",
    "receipt_kind": "公安机关节点电子签名",
    "receipt_key": "ce66 b43d de89 bd74 1829 7a8f e0c2 b8b6",
    "demanded": "有关检验报告或者鉴定结论；缺少道路运输证的真伪鉴定",
    "refusal": "情节显著轻微，危害不大，不认为是犯罪",
    "criminal_case_number": "泸公（刑）立字〔2024〕88号",
    "reasons": "经审查，现有证据不足以证明当事人明知证件系伪造",
    "stated_reasons": "现有证据不足以证明当事人明知证件系伪造",
    "destination": "泸州市公安局江阳区分局",
    "supervision_reason": "移送机关建议立案监督",
    "questions": "未立案的事实依据；对鉴定意见未予采信的理由",
    "request_grounds": "伪造证件的数量和用途已查明",
    "review": "补充的鉴定意见证明三本证件均系伪造",
    "handling": "经立案调查，已作出罚款1万元的行政处罚决定",
    "execution_state": "罚款已全部缴清",
    "opinion_number": "泸检意〔2024〕3号",
    "non_prosecution_number": "泸检不诉〔2024〕12号",
    "opinion_facts": "使用伪造的道路运输证从事道路旅客运输经营",
    "request": "请依法给予行政处罚",
    "reply_due": "自收到本意见书之日起两个月内",
    "scene": FOUND + "。执法人员当场出示执法证件，告知当事人依法享有的权利，听取其陈述申辩。",
    "result": FOUND + "。依法作出罚款1万元并没收违法所得200元的行政处罚。",
    "execution": "当事人于2024年11月20日缴清罚没款，违法行为已改正。",
    "statement": "我是第一次拉客，家里困难，请求从轻处罚。",
    "record": "主持人：核对当事人身份……\n执法人员：出示现场笔录……\n当事人：无异议，请求从轻……",
    "chair": "陈建华",
    "hearing_recorder": "周敏",
    "members": "吴刚",
    "total": 3_000_150,
    "performer": "四川畅通公路养护有限公司",
    "recipient": "张建国",
    "visited": "张建国",
    "service_address": "四川省泸州市泸县立石镇石龙村3组18号",
    "receiver": "张建国",
    "receiver_phone": "13800138000",
    "email": "zhangjianguo@example.cn",
    "source_detail": "联合执法检查中发现",
    "suggestion": "建议立案调查。",
    "remark": "当事人已签收本文书。",
    "kept_at": "泸县交通运输综合行政执法大队物证室",
    "ground": "违法行为已经查清，不需要继续采取措施",
    "found_by": "联合执法检查中当场查获",
    "hearing_place": "泸县交通运输局三楼听证室",
    "claims": "2024年10月21日9时30分在本机关三楼听证室公开举行听证，当事人到场，执法人员出示了证据并经质证。",
    "views": "执法人员：事实清楚，证据确凿，建议维持拟处罚意见。\n当事人：对事实无异议，请求从轻处罚。",
    "proposal": "违法事实清楚，证据确凿，程序合法，建议给予罚款1万元、没收违法所得200元的行政处罚。",
    "reviewed": "主体、权限、事实、证据、程序、法律适用、裁量、文书。",
    "review_opinion": "同意。主体适格，事实清楚，证据确凿，程序合法，适用法律正确，裁量适当。",
    "host": "郑伟",
    "attendees": "郑伟、吴刚、冯涛",
    "absentees": "何静（法制审核人员）",
    "discussion": "李明：汇报案情和调查取证情况。\n吴刚：同意办案机构意见。\n冯涛：同意。",
    "conclusion": "给予行政处罚：罚款人民币壹万元整（¥10,000.00）；没收违法所得人民币贰佰元整（¥200.00）",
    "defence_text": "当事人陈述系忘带营运证，经复核不影响违法事实的认定。",
    "no_penalty_evidence": "现场笔录一份、询问笔录一份",
    "education": "宣讲道路运输经营规定",
    "promise": "随车携带道路运输证。",
    "list_item": "川渝交通运输轻微违法不予处罚清单第12项",
    "received_by": "张建军，当事人之兄",
    "postcode": "646100",
    "credit_code": "11510521008537210X",
    "obligation": "缴纳罚款人民币壹万元整、没收违法所得人民币贰佰元整",
    "deadline": "自收到本催告书之日起十日内",
    "performance": "到指定银行或者通过电子支付系统缴纳",
    "warning": "逾期不履行的，本机关将依法强制执行。",
    "unperformed": "清除S307省道K12处遗洒的砂石",
    "way": "组织机械和人员清除",
    "target": "清除S307省道K12处遗洒砂石约3吨，机械清扫",
    "applied": "请求强制执行行政处罚决定确定的罚款、没收款和加处罚款",
    "background": "2024年9月6日查获的川E·D5678小型普通客车所持道路运输证涉嫌伪造。",
    "asked_for": "核实该车在你辖区的道路运输经营登记情况和所持道路运输证的真伪。",
    "crime_facts": FOUND + "，并当场出示编号为川交运管许可泸字510521000001号的道路运输证，经核实系伪造",
    "agent": "刘律师（四川某律师事务所）",
    "third_party": "无",
    "others": "旁听人员3人",
    "corrected": "已停止未经许可的经营行为，车辆恢复自用。",
    "opinions": "无",
    "device": "动态称重检测设备（编号51052101，检定证书有效期至2025年6月30日）",
    "captured": FOUND,
    "device_review": "已经法制和技术审核，符合标准，设置合理，标志明显，地点已公布。",
    "technical_check": "号牌、轴数、质量、时间清晰完整，检定证书在有效期内。",
    "capture_review": "记录真实、清晰、完整、准确，予以采用。",
    "told_way": "短信通知并提供网上查询、陈述申辩入口",
    "capture_statement": "当事人未提出陈述申辩。",
    "channel": "泸县人民政府门户网站",
    "proposed_by": "苏档",
    "checked_by": "周敏",
    "public_copy": "泸县交通运输局\n行政处罚决定书\n姓名　张**\n决定给予：罚款人民币壹万元整",
}
INVESTIGATORS = (officer("李"), officer("王"))
NAMES = {
    snapshot.officer_id: name
    for snapshot, name in zip(REGISTER, ("李明", "王强", "赵勇", "钱", "周敏", "吴刚", "郑伟"), strict=True)
}
SIGNING = tuple(
    officer(f"签{role}", role) for role in (
        options.ROLE_INVESTIGATOR, options.ROLE_UNIT_CHIEF, options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD,
        options.ROLE_LEGAL_REVIEWER, options.ROLE_HEARING_CHAIR, options.ROLE_RECORDER, options.ROLE_CASE_MANAGER,
        options.ROLE_PROSECUTOR,
    )
) + tuple(officer(f"副{role}", role) for role in (options.ROLE_INVESTIGATOR, options.ROLE_LEADER))  # fmt: skip
SURNAMES = ("李明", "周敏", "吴刚", "郑伟", "何静", "陈建华", "孙丽", "钱进", "王强", "冯涛", "沈清源")
SIGNER_NAMES = {snapshot.officer_id: name for snapshot, name in zip(SIGNING, SURNAMES, strict=True)}


def value(field: Field) -> Any:
    """A lawful value of a field."""
    if field.kind == "choice":
        return field.choices[0]
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    return BY_KIND[field.kind] or f"{field.label}的内容"


def inputs(form: Form, *, without: str = "") -> dict[str, Any]:
    """Everything that a form says, given by the officer but for what the letterhead has and only the ledger can say."""
    return {
        name: value(field)
        for name, field in form.fields.items()
        if name != without and not field.ledger and not field.fact.startswith("authority.")
    }


def known(*, kind: str = "case", **facts: Any) -> Known:
    """What a look-up found: nothing, but for the letterhead."""
    return Known(facts=facts, officers={**NAMES, **SIGNER_NAMES}, letterhead=LETTERHEAD, kind=kind)


def known_for(form: Form, *, without: str = "") -> Known:
    """The same, of a matter that the form belongs to, with what only the ledger can say."""
    facts: dict[str, Any] = {"authority": {"police": "泸县公安局", "procuratorate": "泸县人民检察院"}}
    for name, field in form.fields.items():
        if field.ledger and name != without:
            what, _, rest = field.fact.partition(".")
            facts.setdefault(what, {})[rest] = value(field)
    return known(kind=form.matter or "case", **facts)


def signers(form: Form) -> list[commands.SignerRequest]:
    """As many signers as the form asks for, one for a line that may stay empty."""
    made = []
    for role, least in form.signers.items():
        holders = [one for one in SIGNING if role in one.roles]
        made += [commands.SignerRequest(officer_id=one.officer_id, role=role) for one in holders[: max(least, 1)]]
    return made


def issue(form: Form, *, without: str = "", **more: Any) -> commands.IssueDocumentRequest:
    """The command that issues a form with everything it says."""
    command = commands.IssueDocumentRequest(
        **{
            "document_id": once_id(MATTER, form.code) if form.once else uid(f"document/{form.code}"),
            "form": form.code,
            "matter_id": MATTER,
            "signers": signers(form),
            **more,
        }
    )
    command.inputs.update(inputs(form, without=without))
    return command


def file(name: str) -> common.BlobRef:
    """A file that somebody stored."""
    return common.BlobRef(sha256=name.encode().ljust(32, b"."), size=9, media_type="application/pdf", file_name=name)


__all__ = ["COMPANY", "LETTERHEAD", "MATTER", "SIGNING", "file", "inputs", "issue", "known", "pb", "signers", "value"]

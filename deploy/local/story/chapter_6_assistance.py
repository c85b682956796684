"""跨区域协查：证据凭请求取得. 泸县 asks 永川 for records; the file comes by the request's grant, and only so."""

import hashlib

from enforcement.cases.v1.service_pb2 import GetCaseRequest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from enforcement.exchange.v1 import events_pb2 as audit
from enforcement.exchange.v1 import service_pb2 as exchange

from deploy.local.story import cast
from deploy.local.story.calls import Surprise
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.documents import table
from deploy.local.story.ledgers import latest, told
from deploy.local.story.parties import CERTIFICATE
from deploy.local.story.peers import try_to_fetch
from deploy.local.story.posts import SUSPECTS, A, B
from deploy.local.story.run import Run
from deploy.local.story.telling import Words
from services.kernel.messages import to_timestamp, type_name

RECORDS = table(
    "营运车辆登记查询结果",
    ("车牌号", "道路运输证号", "登记状态", "查询结论"),
    [
        (SUSPECTS[B], CERTIFICATE, "无登记", "编号不存在，证件系伪造"),
        *((f"渝C·Y{number:04}", f"500118{number:06}", "营运", "正常") for number in range(400)),
    ],
)


async def tell(run: Run) -> None:
    """From the request to evidence that counts in 泸县's case."""
    with run.chapter("跨区域协查：证据凭请求取得", "Help across the border: evidence comes by request"):
        await ask(run)
        item = await answer(run)
        await fetch(run, item)
        await recognise(run, item)


async def ask(run: Run) -> None:
    """The request states law, purpose, and no more data than needed."""
    await run.at("2025-04-10 09:30")
    request = commands.SendRequestRequest(
        request_type=pb.REQUEST_TYPE_ASSIST,
        responder_id=YONGCHUAN,
        case_id=run.facts.cases["B"],
        case_number=HANDLERS[B].case_number,
        legal_basis="行政处罚法 art. 26",
        questions=["该车辆是否在永川登记营运？所持道路运输证是否由永川核发？"],
        fields=[pb.REQUESTED_FIELD_VEHICLE_RECORD, pb.REQUESTED_FIELD_TRANSPORT_LICENCE],
        subject=pb.Subject(plate=SUSPECTS[B], licence_number=CERTIFICATE),
        classification=pb.CLASSIFICATION_INTERNAL,
    )
    zh, en = "请求协助调查，未说明目的", "asks for help without saying what for"
    await run.refused(cast.LUXIAN_CHIEF, "assist/aimless", request, "PURPOSE_MISSING", zh, en)
    request.purpose = "核实涉嫌非法营运车辆所持道路运输证的真伪"
    zh, en = "请求永川协助调查：车辆营运记录、道路运输证", "asks Yongchuan for the records of vehicle and certificate"
    sent = await run.act(cast.LUXIAN_CHIEF, "assist/send", request, zh, en)
    run.facts.request_id = sent.id


async def answer(run: Run) -> pb.EvidenceItem:
    """永川 accepts, two of its officers collect the records, and it answers within 15 working days."""
    await run.at("2025-04-11 10:00")
    chief, team = cast.YONGCHUAN_CHIEF, HANDLERS[A].team
    question = commands.GetTaskRequest(request_id=run.facts.request_id)
    task = (await run.until(chief, question, lambda shown: shown.task.task_id, "收到协查请求")).task
    acceptance = commands.AcceptTaskRequest(task_id=task.task_id, officer_ids=run.ids(*team))
    await run.act(chief, "assist/accept", acceptance, "受理协查，指派两名执法人员", "accepts and names two officers")
    await run.at("2025-04-22 15:00")
    offered = commands.OfferedItem(
        item_id=run.id("evidence/records"),
        kind=pb.EVIDENCE_KIND_ELECTRONIC,
        title=RECORDS.file_name,
        collector_ids=run.ids(*team),
        collected_at=to_timestamp(run.now),
        place=common.Place(division_code="500118", description="永川区道路运输管理信息系统"),
        persons=["系统管理员"],
        signed=True,
        blob=await run.file(team[0], RECORDS),
        captured_sha256=RECORDS.ref.sha256,
        custody=[pb.CustodyStep(holder=run.officer_id(team[0]), received_at=to_timestamp(run.now))],
        collected_on_request=True,
    )
    await run.later(30)
    reply = commands.AnswerTaskRequest(
        task_id=task.task_id,
        completeness=pb.COMPLETENESS_FULL,
        text="该车辆未在永川登记营运，所持道路运输证编号不存在。",
        fields=[pb.AnsweredField(field=pb.REQUESTED_FIELD_VEHICLE_RECORD, value="无登记")],
        items=[offered],
    )
    zh, en = f"答复并提供证据：{RECORDS.file_name}", "answers, with one piece of evidence"
    await run.act(chief, "assist/answer", reply, zh, en)
    answered = await run.until(
        cast.LUXIAN_CHIEF,
        commands.GetRequestRequest(request_id=run.facts.request_id),
        lambda shown: shown.items,
        "收到答复",
    )
    item: pb.EvidenceItem = answered.items[0].item
    return item


async def fetch(run: Run, item: pb.EvidenceItem) -> None:
    """泸县 fetches the file from 永川's node by mutual TLS; 荣昌, with the same hash in hand, gets nothing."""
    await run.at("2025-04-23 09:00")
    investigator = cast.INVESTIGATORS[0]
    grant = await told(run.cluster, LUXIAN, type_name(pb.TaskAnswered), YONGCHUAN)
    short = item.blob.sha256.hex()[:16]
    zh, en = f"荣昌凭同一哈希（{short}…）向永川取件", f"Rongchang asks Yongchuan for the same hash ({short}…)"
    refused = await try_to_fetch(run, RONGCHANG, YONGCHUAN, grant.env_hash, item.blob.sha256)
    run.turned_away(cast.RONGCHANG_CHIEF, Words(zh, en), refused)
    pulled = await run.ask(investigator, exchange.PullBlobRequest(position=grant.position, sha256=item.blob.sha256))
    content = await run.calls.download(LUXIAN, run.officer_id(investigator), item.blob.sha256, run.facts.request_id)
    if hashlib.sha256(content).digest() != item.blob.sha256 or content != RECORDS.content:
        raise Surprise("取得的证据文件与永川提供的不一致")
    served = await latest(run.cluster, YONGCHUAN, type_name(audit.BlobServed))
    fetched = await latest(run.cluster, LUXIAN, type_name(audit.BlobFetched))
    seen = Words(
        f"{pulled.size}字节，SHA-256一致；双方均留痕：泸县#{fetched}取件，永川#{served}供件",
        f"{pulled.size} bytes, SHA-256 equal; audited on both sides: #{fetched} at Luxian, #{served} at Yongchuan",
    )
    run.saw(investigator, "经双向TLS从永川取得证据文件", "fetches the file from Yongchuan by mutual TLS", seen)


async def recognise(run: Run, item: pb.EvidenceItem) -> None:
    """The evidence passes the recognition tests and joins the case; the request is closed, and with it its grant."""
    judgement = commands.RecogniseEvidenceRequest(
        request_id=run.facts.request_id, item_id=item.item_id, held_sha256=item.blob.sha256
    )
    zh, en = "证据互认：予以认可", "recognises the evidence"
    await run.act(cast.INVESTIGATORS[0], "assist/recognise", judgement, zh, en)
    await run.until(
        cast.INVESTIGATORS[0],
        GetCaseRequest(case_id=run.facts.cases["B"]),
        lambda shown: any(one.evidence_id == item.item_id for one in shown.case.evidence),
        "证据并入案卷",
    )
    for step, request, zh, en in (
        ("confirm", commands.ConfirmAnswerRequest(request_id=run.facts.request_id), "确认答复", "confirms the answer"),
        ("close", commands.CloseRequestRequest(request_id=run.facts.request_id), "协查办结", "closes the request"),
    ):
        await run.later(10)
        await run.act(cast.LUXIAN_CHIEF, f"assist/{step}", request, zh, en)

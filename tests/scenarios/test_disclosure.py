"""最小披露：省级平台、联合执法伙伴与第三方看不到不该看的；应当看到的各自都看得到。"""

import pytest
from enforcement.platform.v1 import service_pb2 as platform
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.layout import TELEMETRY
from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import CHONGQING, LUXIAN, POLICE, PROCURATORATE, RONGCHANG, SICHUAN
from deploy.local.story.chapter_9_platform import FED
from deploy.local.story.parties import CRIME, CRIMINAL_CASE_NUMBER, PARTIES, SECRETS
from deploy.local.story.posts import B
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_logs, search_topics

PARTY, ID_NUMBER = PARTIES[B].name, PARTIES[B].id_number


async def test_what_the_bureau_and_the_police_hold_is_found_by_the_same_search(story: Run) -> None:
    held = {id_: set((await search_database(story.cluster, id_, SECRETS)).found) for id_ in (LUXIAN, POLICE)}
    assert {PARTY, ID_NUMBER, CRIME} <= held[LUXIAN] & held[POLICE]


@pytest.mark.parametrize("platform_id", [SICHUAN, CHONGQING])
async def test_no_name_plate_or_content_is_anywhere_in_a_platforms_database(story: Run, platform_id: str) -> None:
    assert (await search_database(story.cluster, platform_id, [*SECRETS, FED])).found == (FED,)


async def test_no_name_plate_or_content_is_in_any_byte_of_any_feed(story: Run) -> None:
    assert (await search_topics(story.cluster, [*SECRETS, FED])).found == (FED,)


async def test_no_name_plate_or_content_is_in_any_span_or_metric(story: Run) -> None:
    case_id = story.facts.cases["B"]
    assert (await search_database(story.cluster, TELEMETRY, [*SECRETS, case_id])).found == (case_id,)


async def test_no_name_plate_or_content_is_in_any_log(story: Run) -> None:
    assert (await search_logs(story.cluster, [*SECRETS, "serving"])).found == ("serving",)


async def test_a_partner_of_the_operation_learns_nothing_of_the_criminal_stage(story: Run) -> None:
    assert (await search_database(story.cluster, RONGCHANG, SECRETS)).found == ()


async def test_the_procuratorate_has_the_copy_and_not_the_facts(story: Run) -> None:
    found = (await search_database(story.cluster, PROCURATORATE, SECRETS)).found
    assert set(found) == {PARTY, CRIME, CRIMINAL_CASE_NUMBER}


async def test_within_the_bureau_criminal_content_is_for_the_team_and_the_head(story: Run) -> None:
    question = transfer.GetTransferRequest(transfer_id=story.facts.transfer_id)
    answers = {
        who: await story.ask(who, question) for who in (cast.INVESTIGATORS[0], cast.LUXIAN_HEAD, cast.LUXIAN_TEAM[5])
    }
    assert [answer.HasField("content") for answer in answers.values()] == [True, True, False]
    assert {answer.transfer.stage for answer in answers.values()} == {"等待处理结果"}


async def test_the_platform_shows_every_step_of_the_transfer_by_state_and_date(story: Run) -> None:
    view = await story.ask(cast.SICHUAN_SUPERVISOR, platform.GetTransferRequest(transfer_id=story.facts.transfer_id))
    steps = [step.type.rpartition(".")[2] for step in view.transfer.steps]
    assert steps.index("TransferApproved") < steps.index("CaseTransferred") < steps.index("ReferralReceiptSigned")
    assert {"CriminalCaseFiled", "PropertyHandedOver", "HandOverConfirmed", "PartyInformed"} <= set(steps)


async def test_an_officer_is_nobody_at_another_authoritys_node(story: Run) -> None:
    question = transfer.ListTransfersRequest()
    with pytest.raises(Refused) as refused:
        await story.calls.call(LUXIAN, story.officer_id(cast.RONGCHANG_TEAM[0]), question)
    assert refused.value.reason == "OFFICER_UNKNOWN"

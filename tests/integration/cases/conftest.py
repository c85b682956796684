"""One bureau for the tests that ask it through gRPC, with its officers and cases from an older system."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.common.v1 import common_pb2 as common

from deploy.local.story.run import Run
from services.cases.import_ids import case_id_of, command_id_of, evidence_id_of
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from tests.support.system import run_on, system

BUREAU = "jt-510521"
OLD = "old-system"
EXPORTED = datetime(2024, 12, 15, 18, tzinfo=SHANGHAI)


@pytest.fixture(scope="package")
async def bureau() -> AsyncIterator[Run]:
    """泸县 with its node, on Monday, 2024-12-16."""
    async with system(BUREAU) as cluster, run_on(cluster) as run:
        yield run


def imported(external_id: str, **fields: Any) -> imports.ImportCaseRequest:
    """The command that takes over a case that was filed; the fields given take the place of the lawful ones."""
    case = imports.ImportedCase(
        source_system=OLD,
        external_id=external_id,
        row_sha256=hashlib.sha256(external_id.encode()).digest(),
        stage="已立案",
        case_number=f"旧案〔2024〕{external_id}号",
        act_code="RTR-63",
        act_on="2024-11-01",
        place=common.Place(division_code="510521", description="国道G246"),
        facts="未取得道路运输经营许可",
        party=events.Party(kind=events.PARTY_KIND_PERSON, name="某人"),
        source=events.CLUE_SOURCE_INSPECTION,
        registered_on="2024-11-04",
        filed_on="2024-11-06",
    )
    for name in fields:
        case.ClearField(name)  # type: ignore[arg-type]
    case.MergeFrom(imports.ImportedCase(**fields))
    case_id = case_id_of(OLD, external_id)
    return imports.ImportCaseRequest(
        command_id=str(command_id_of(OLD, external_id, datetime.now(UTC))),
        case_id=str(case_id),
        occurred_at=to_timestamp(EXPORTED),
        late_reason="历史案件导入",
        imported=case,
    )


def pieces(external_id: str, *descriptions: str) -> list[imports.ImportedEvidence]:
    """Evidence of a case of the older system."""
    return [
        imports.ImportedEvidence(
            evidence_id=str(evidence_id_of(case_id_of(OLD, external_id), number)),
            kind=events.EVIDENCE_KIND_SCENE_RECORD,
            description=description,
        )
        for number, description in enumerate(descriptions, 1)
    ]

"""A matter is archived when it is closed, with everything its procedure asks for or the reason why not."""

from dataclasses import replace

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.model import Refusal, archive
from services.documents.model.archive import Built
from tests.support.decider import LEADER, given, uid
from tests.unit.documents.samples import file

BUILT = Built(
    closed=True, lacking=(), package=file("package"), index_sha256=b"i" * 32, documents=6, evidence=2, events=40,
    up_to_position=99, pages=17,
)  # fmt: skip
ARCHIVE = uid("archive")
RECORDED = pb.ArchivePackageBuilt(
    archive_id=ARCHIVE, matter_id=uid("case"), package=file("package"), index_sha256=b"i" * 32, document_count=6,
    evidence_count=2, event_count=40, up_to_position=99, pages=17,
)  # fmt: skip


def build(reason: str = "") -> commands.BuildArchiveRequest:
    return commands.BuildArchiveRequest(archive_id=ARCHIVE, matter_id=uid("case"), reason=reason)


def test_a_closed_matter_with_everything_is_archived():
    given(archive).when(build(), actor=LEADER, found=BUILT).then(RECORDED)


def test_an_open_matter_is_not_archived():
    given(archive).when(build("急"), actor=LEADER, found=Built(False, ())).refused(Refusal.MATTER_OPEN)


def test_a_file_that_lacks_something_is_refused_with_the_list():
    found = Built(True, ("送达回证", "结案报告"))
    given(archive).when(build(), actor=LEADER, found=found).refused(
        Refusal.FILE_INCOMPLETE, lacking="送达回证、结案报告"
    )


def test_a_file_that_lacks_something_is_archived_with_a_reason_and_both_are_recorded():
    found = replace(BUILT, lacking=("结案报告",))
    expected = pb.ArchivePackageBuilt()
    expected.CopyFrom(RECORDED)
    expected.lacking.append("结案报告")
    expected.reason = "原件在市局"
    given(archive).when(build("原件在市局"), actor=LEADER, found=found).then(expected)


def test_a_reason_is_not_recorded_where_nothing_lacks():
    given(archive).when(build("多余"), actor=LEADER, found=BUILT).then(RECORDED)

"""What the cases service does about an opinion of a procuratorate (检察意见).

an opinion that this authority is competent for   ──▶ RegisterClue, or NoteOpinion on the case that is there
the withdrawal of the opinion                     ──▶ NoteOpinionWithdrawal
evidence of an opinion that joins its case        ──▶ AddConvertedEvidence
"""

from typing import Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import opinion_pb2 as opinion
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.transfer.v1 import opinion_pb2 as opinions

from services.cases.policies import policy
from services.kernel.policy import PolicyContext


@policy.on(opinions.OpinionHandedToCases, received=False)
def register_clue_of_opinion(
    event: opinions.OpinionHandedToCases, context: PolicyContext
) -> commands.RegisterClueRequest:
    """An opinion that this authority is competent for becomes a clue from another department (有关部门移送).

    The party is set when the opinion names one; of several each is a case of its own, which the filing sorts out.
    """
    content = event.content
    alone = content.persons[0] if len(content.persons) == 1 else None
    return commands.RegisterClueRequest(
        case_id=event.case_id,
        source=pb.CLUE_SOURCE_OTHER_AUTHORITY,
        act_code=content.act_code,
        act_on=content.act_on,
        place=content.place,
        facts=content.facts,
        party=pb.Party(
            kind=pb.PARTY_KIND_ORGANISATION if alone.organisation else pb.PARTY_KIND_PERSON,
            name=alone.name,
            id_number=alone.id_number,
            phone=alone.phone,
            address=alone.address,
        )
        if alone is not None
        else None,
        attachments=[file for file in (content.document, content.decision) if file.sha256],
        opinion_case_id=event.opinion_case_id,
    )


@policy.on(opinions.OpinionLinkedToCase, received=False)
def note_opinion(event: opinions.OpinionLinkedToCase, context: PolicyContext) -> opinion.NoteOpinionRequest:
    """A case that is there before, often the one that had gone to the police, handles what an opinion is about."""
    return opinion.NoteOpinionRequest(case_id=event.case_id, opinion_case_id=event.opinion_case_id)


@policy.on(opinions.OpinionWithdrawalRecorded, received=False)
def note_opinion_withdrawal(
    event: opinions.OpinionWithdrawalRecorded, context: PolicyContext
) -> opinion.NoteOpinionWithdrawalRequest | None:
    """The case on an opinion that was withdrawn goes on by itself."""
    if not event.case_id:
        return None
    return opinion.NoteOpinionWithdrawalRequest(
        case_id=event.case_id, opinion_case_id=event.opinion_case_id, reason=event.reason
    )


@policy.on(opinions.OpinionEvidenceConverted, received=False)
def add_converted_evidence(
    event: opinions.OpinionEvidenceConverted, context: PolicyContext
) -> opinion.AddConvertedEvidenceRequest:
    """Evidence from the criminal file joins the case."""
    return opinion.AddConvertedEvidenceRequest(
        case_id=event.case_id,
        evidence_id=event.item.item_id,
        kind=_CRIMINAL_EVIDENCE[event.item.kind],
        description=event.item.title,
        file=event.item.file if event.item.HasField("file") else None,
        gathered_by=event.gathered_by,
        opinion_case_id=event.opinion_case_id,
        reconfirm_required=event.reconfirm_required,
    )


_CRIMINAL_EVIDENCE: Final = {
    opinions.CRIMINAL_EVIDENCE_KIND_PHYSICAL: pb.EVIDENCE_KIND_PHYSICAL,
    opinions.CRIMINAL_EVIDENCE_KIND_DOCUMENT: pb.EVIDENCE_KIND_DOCUMENT,
    opinions.CRIMINAL_EVIDENCE_KIND_WITNESS: pb.EVIDENCE_KIND_TESTIMONY,
    opinions.CRIMINAL_EVIDENCE_KIND_VICTIM: pb.EVIDENCE_KIND_TESTIMONY,
    opinions.CRIMINAL_EVIDENCE_KIND_SUSPECT: pb.EVIDENCE_KIND_PARTY_STATEMENT,
    opinions.CRIMINAL_EVIDENCE_KIND_EXPERT: pb.EVIDENCE_KIND_EXPERT_OPINION,
    opinions.CRIMINAL_EVIDENCE_KIND_RECORD: pb.EVIDENCE_KIND_SCENE_RECORD,
    opinions.CRIMINAL_EVIDENCE_KIND_AUDIO_VISUAL: pb.EVIDENCE_KIND_AUDIOVISUAL,
    opinions.CRIMINAL_EVIDENCE_KIND_ELECTRONIC: pb.EVIDENCE_KIND_ELECTRONIC,
}

"""名录：各单位登记执法人员. Every authority enters its officers with their credentials, so that acts can be judged."""

import asyncio
from itertools import groupby

from enforcement.officers.v1 import service_pb2 as pb

from deploy.local.story.cast import CAST, Officer
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp


async def tell(run: Run, at: str = "2024-12-16 09:00") -> None:
    """All officers of the cast are registered, on that day: they hold their posts from then on."""
    await run.at(at)
    with run.chapter("各单位登记执法人员与执法证", "Every authority registers its officers and their credentials"):
        there = {each.id for each in run.cluster.layout.authorities.all}
        by_authority = groupby(CAST, key=lambda officer: officer.authority_id)
        teams = [list(team) for authority_id, team in by_authority if authority_id in there]
        await asyncio.gather(*(_register(run, team) for team in teams))
        for team in teams:
            run.saw(team[0], f"登记{len(team)}人", f"{len(team)} registered")


async def _register(run: Run, team: list[Officer]) -> None:
    for number, officer in enumerate(team, 1):
        await run.administer(
            officer.authority_id,
            pb.RegisterOfficerRequest(
                command_id=run.id(f"step/register/{officer.authority_id}/{officer.key}"),
                officer_id=run.officer_id(officer),
                occurred_at=to_timestamp(run.now),
                name=officer.name,
                credential_number=f"{officer.authority_id}-{number:04}",
                issuing_body="故事中的发证机关",
                valid_from_on="2023-01-01",
                valid_to_on="2027-12-31",
                roles=officer.roles,
            ),
        )

"""The documents service, as a node composes it."""

from typing import Final

from enforcement.documents.v1 import service_pb2

from services.documents import (
    case_views,
    criminal_views,
    document_views,
    evidence_views,
    money_views,
    on_spot_views,
    part_views,
    procedure_views,
)
from services.documents.api import DocumentsApi
from services.documents.deadlines import DEADLINES
from services.documents.lookups import lookups
from services.documents.matter import given_to
from services.documents.model import archive, document, numbering, review
from services.documents.policies import policy
from services.documents.views import views
from services.kernel.service import Service

TOPICS: Final = (
    case_views,
    evidence_views,
    procedure_views,
    part_views,
    document_views,
    on_spot_views,
    money_views,
    criminal_views,
)
"""Modules that register what they do with `views`."""

SERVICE = Service(
    name="documents",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["DocumentsService"],
    aggregates=[numbering, document, archive, review],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=DocumentsApi,
    lookups=lookups,
    handled_by=given_to,
)

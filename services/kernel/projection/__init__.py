"""Projections: read models declared as pure row folds (`fold`), kept in tables (`rows`) by a runner (`runner`)."""

from services.kernel.projection.fold import DELETE, Row, Table, Views
from services.kernel.projection.runner import VIEW, ViewReader, ViewsRunner

__all__ = ["DELETE", "VIEW", "Row", "Table", "ViewReader", "Views", "ViewsRunner"]

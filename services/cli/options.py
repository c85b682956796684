"""Arguments and options that several commands share."""

from typing import Annotated

import typer

from services.cli.language import t

CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help=t("案号或案件编号（UUID）。", "Number or id (UUID) of the case."))
]
Position = Annotated[int, typer.Argument(min=1, help=t("账本位置。", "Position in the ledger."))]
MinPosition = Annotated[
    int, typer.Option("--min-position", min=0, help=t("至少读到账本的这一位置。", "Read no earlier state than this."))
]
Count = Annotated[int, typer.Option("--count", "-c", min=1, max=500, help=t("条数。", "How many."))]
PageToken = Annotated[str, typer.Option("--page", help=t("上一页给出的 nextToken。", "nextToken of the page before."))]

"""Files that commands write and read."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.language import t
from services.cli.output import ExitCode, Failure

Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=t("写入文件。", "Where to write."))]


def write(file: Path, content: bytes) -> Path:
    """Writes a file; where that cannot be is a wrong use."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Failure(f"{t('不能写入', 'cannot be written:')} {file}: {error}", code=ExitCode.WRONG_USE) from error
    return file

"""Settings of the documents service, `ENFORCEMENT_DOCUMENTS_*`, and the letterhead that an authority prints."""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Final, Self

from pydantic_settings import SettingsConfigDict

from services.kernel.config import Settings

__all__ = ["DocumentsSettings", "Letterhead", "letterhead"]

_ROOT: Final = Path(__file__).resolve().parents[2]


class DocumentsSettings(Settings):
    """Where fonts and letterhead lie."""

    model_config = SettingsConfigDict(env_prefix="ENFORCEMENT_DOCUMENTS_", frozen=True, extra="ignore")

    fonts_dir: Path = _ROOT / ".cache" / "fonts"
    """Folder with the font files, where `make setup` puts them. Fonts of the system are never used: a sheet must look
    the same wherever it is made."""
    font_family: str = "Noto Serif SC"
    """Family that titles and text are set in. Official sheets have 小标宋 and 仿宋, which are not free; a bureau that
    has them names its own. The service refuses to start when the folder has no such family."""
    letterhead_file: Path | None = None
    """TOML with what the authority prints about itself, see `Letterhead`. Without it every form that needs one of its
    entries is refused and says which."""
    review_file: Path = Path(__file__).with_name("review.toml")
    """TOML with the items of case-file reviews (案卷评查标准): points, items with a veto, bounds of the classes. Every
    review keeps the list it began with."""
    dossier_file: Path = Path(__file__).with_name("dossier.toml")
    """TOML with what the file of a matter must hold (案卷完整性), by procedure."""


_CREDIT_CODE: Final = re.compile("[0-9A-HJ-NPQRTUWXY]{18}")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What an authority's documents say about the authority itself. Local, so nothing has a default but the format."""

    prefix: str = ""
    """Word for province, place and trade that numbers begin with (机关代字), e.g. 川泸交."""
    number_format: str = "{prefix}{series}〔{year}〕{number}号"
    """How a number is written; the word of the series is that of the form."""
    address: str = ""
    """Address where parties come to."""
    credit_code: str = ""
    """Unified social credit code (统一社会信用代码, GB 32100), which applications to the court name; 18 characters."""
    postcode: str = ""
    """Postal code of the address; forms leave the line out without it."""
    phone: str = ""
    """Telephone."""
    contact: str = ""
    """Whom parties ask for."""
    head: str = ""
    """Legal representative, whom applications to the court name (法定代表人)."""
    reconsideration_body: str = ""
    """Who hears reconsideration (复议机关), e.g. 泸县人民政府 (行政复议法 art. 24)."""
    court: str = ""
    """Court for suits and for execution, e.g. 泸县人民法院."""
    bank: str = ""
    """Bank that collects fines (行政处罚法 art. 67)."""
    bank_account: str = ""
    """Account for fines."""
    seal_file: str = ""
    """Picture of the seal, PNG or SVG, beside the letterhead's file; empty leaves the place to be stamped by hand."""

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Reads a letterhead.

        Raises:
            ValueError: an entry that no letterhead has, no text, or a number format that lacks a part.
        """
        if file is None:
            return cls()
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        known = {field.name for field in fields(cls)}
        for name, value in raw.items():
            if name not in known or not isinstance(value, str):
                raise ValueError(f"{file}: {name!r} is no entry of a letterhead, which has {', '.join(sorted(known))}")
        made = cls(**raw)
        missing = [part for part in ("{prefix}", "{series}", "{year}", "{number}") if part not in made.number_format]
        if missing:
            raise ValueError(f"{file}: number_format lacks {', '.join(missing)}: two documents could get one number")
        if made.credit_code and not _CREDIT_CODE.fullmatch(made.credit_code):
            raise ValueError(f"{file}: {made.credit_code!r} is no unified social credit code (统一社会信用代码)")
        return made

    def number(self, word: str, year: int, number: int) -> str:
        """A number as documents print it, e.g. 川泸交罚〔2024〕1号."""
        return self.number_format.format(prefix=self.prefix, series=word, year=year, number=number)


@cache
def settings() -> DocumentsSettings:
    """The settings of this process, read once."""
    return DocumentsSettings()


@cache
def letterhead() -> Letterhead:
    """The letterhead of this process's authority, read once."""
    return Letterhead.read(settings().letterhead_file)

"""Chinese by default, English by locale: the language of help, headings and hints.

ENFORCEMENT_LANG=en | zh      decides; else LC_ALL, LC_MESSAGES, LANG: one that begins with "en" means English
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from services.kernel.citation import in_chinese

F = TypeVar("F", bound=Callable[..., Any])


def is_english(environment: Mapping[str, str]) -> bool:
    """Whether somebody with this environment reads English."""
    names = ("ENFORCEMENT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environment[name] for name in names if environment.get(name)), "")
    return chosen.lower().startswith("en")


ENGLISH: Final = is_english(os.environ)


def t(zh: str, en: str) -> str:
    """The text in the reader's language."""
    return en if ENGLISH else zh


def cited(basis: str) -> str:
    """Law and articles in the reader's language."""
    return t(in_chinese(basis), basis)


def _translate() -> None:
    """Typer has words of its own; these are the ones that people see. Imported late: only help needs all of Rich."""
    from typer import rich_utils

    if not ENGLISH:
        rich_utils.OPTIONS_PANEL_TITLE = "选项"
        rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
        rich_utils.COMMANDS_PANEL_TITLE = "命令"
        rich_utils.DEFAULT_STRING = "[默认：{}]"
        rich_utils.ENVVAR_STRING = "[环境变量：{}]"
        rich_utils.REQUIRED_LONG_STRING = "[必填]"


class _Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate()
        super().format_help(ctx, formatter)

    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx))


class _Group(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate()
        super().format_help(ctx, formatter)

    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx))


def _usage(text: str) -> str:
    return text.replace("Usage:", t("用法：", "Usage:"), 1)


def _help_option(option: Any) -> Any:
    if option is not None:  # a verb that takes any option takes that one, too
        option.help = t("显示帮助。", "Show this help.")
    return option


def group(zh: str, en: str) -> typer.Typer:
    """A noun: a group of commands."""
    return typer.Typer(
        cls=_Group,
        help=t(zh, en),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def command(app: typer.Typer, name: str, zh: str, en: str) -> Callable[[F], F]:
    """Decorates a verb of a group. The help's first line says what it does, the rest shows examples."""
    return app.command(name, cls=_Command, help=t(zh, en), context_settings={"help_option_names": ["-h", "--help"]})


def free_command(app: typer.Typer, name: str, zh: str, en: str) -> Callable[[F], F]:
    """The same of a verb whose options nobody can list beforehand: what is unknown, help too, is left to it."""
    settings = {"help_option_names": [], "ignore_unknown_options": True}
    return app.command(name, cls=_Command, help=t(zh, en), context_settings=settings)

"""`enforcement`: what operators, and officers who know a terminal, ask of a node.

Noun, then verb. It talks gRPC with a token; `ledger …` and `migrate` read the database, which only who has its DSN can.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli import (
    audit,
    case,
    cooperation,
    deadlines,
    do,
    exchange,
    feeds,
    field,
    keys,
    ledger,
    node,
    non_site,
    operations,
    rules,
    trace,
    transfer,
)
from services.cli.case import on_spot
from services.cli.connection import Connection, settings_of
from services.cli.language import group, t
from services.cli.output import ExitCode, Failure, tell

CALL_SECONDS = 10.0

app = group(
    "跨单位交通运输行政执法协同平台。\n\n退出码：0 完成 · 1 被拒绝 · 2 用法错误 · 3 无法连接，请重试 · 4 审计发现问题",
    "Coordination of transport enforcement across authorities.\n\n"
    "Exit codes: 0 done · 1 refused · 2 wrong use · 3 not reachable, try again · 4 audit found something",
)
app.add_typer(node.app, name="node")
app.add_typer(ledger.app, name="ledger")
app.add_typer(case.app, name="case")
app.add_typer(audit.app, name="audit")
app.add_typer(on_spot.app, name="on-spot")
app.add_typer(non_site.app, name="non-site")
app.add_typer(exchange.app, name="exchange")
app.add_typer(feeds.app, name="feed")
app.add_typer(field.app, name="field")
app.add_typer(keys.app, name="keys")
app.add_typer(operations.app, name="operation")
app.add_typer(cooperation.app, name="cooperation")
app.add_typer(rules.app, name="rules")
app.add_typer(transfer.app, name="transfer")
for module in (do, node, trace, deadlines, keys):
    module.add_to(app)


@app.callback()
def _choose(
    context: typer.Context,
    node_id: Annotated[
        str | None,
        typer.Option(
            "--node", "-n", metavar="ID", help=t("本机部署中的单位，如 jt-510521。", "Authority of a local deployment.")
        ),
    ] = None,
    env: Annotated[
        Path | None,
        typer.Option("--env", metavar="FILE", help=t("节点的设置文件（ENFORCEMENT_*）。", "Settings of a node.")),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=300, help=t("每次调用的时限，秒。", "Seconds for a call."))
    ] = CALL_SECONDS,
) -> None:
    context.obj = Connection(settings_of(env, node_id), timeout)


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code; nothing but data goes to stdout."""
    as_json = "--json" in arguments
    try:
        return int(app(args=arguments, prog_name="enforcement", standalone_mode=False) or 0)
    except Failure as failure:
        tell(failure, as_json=as_json)
        return int(failure.code)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message(), file=sys.stderr)
        else:
            tell(_wrong_use(error), as_json=as_json)
        return int(ExitCode.WRONG_USE)
    except (KeyboardInterrupt, typer.Abort):
        return int(ExitCode.DONE)
    except BrokenPipeError:
        return int(ExitCode.DONE)
    except OSError as error:
        sentence = " ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)
        tell(Failure(sentence, code=ExitCode.WRONG_USE), as_json=as_json)
        return int(ExitCode.WRONG_USE)


def _wrong_use(error: typer.TyperException) -> Failure:
    words = {
        "MissingParameter": t("缺少参数", "missing"),
        "NoSuchOption": t("没有这个选项", "no such option"),
        "BadParameter": t("参数不合要求", "not valid"),
    }
    path = getattr(getattr(error, "ctx", None), "command_path", "enforcement")
    kind = words.get(type(error).__name__, t("用法错误", "wrong use"))
    return Failure(f"{kind}: {error.format_message()}", hint=f"{path} --help", code=ExitCode.WRONG_USE)


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))

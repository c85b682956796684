"""`python -m deploy.local up | down | status | clean`: a deployment that stays up between commands."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import supervisor
from deploy.local.authorities import Authorities
from deploy.local.cluster import DEFAULT_FOLDER
from deploy.local.kafka import archive_classes, fetch_jars
from deploy.local.layout import Layout

app = typer.Typer(
    help="本机部署：PostgreSQL、Kafka与七个单位的节点。Local deployment.", no_args_is_help=True, add_completion=False
)
console = Console(stderr=True, highlight=False)
Folder = Annotated[Path, typer.Option("--folder", help="数据目录 Data folder.")]


@app.command()
def jars() -> None:
    """获取Kafka程序（首次约半分钟）。Fetch the Kafka broker by Maven, once, and let it run once."""
    fetch_jars()
    asyncio.run(archive_classes())


@app.command()
def up(folder: Folder = DEFAULT_FOLDER) -> None:
    """启动全部，可重复执行。Start everything; may be called again."""
    with console.status("正在启动 starting …") as spinner:

        def tell(step: str) -> None:
            console.print(f"  [green]✓[/] {step}")
            spinner.update(f"{step} …")

        try:
            report = supervisor.up(folder, tell)
        except supervisor.NotStarted as error:
            console.print(f"[red]✗[/] 未能启动 not started\n{error}", markup=False)
            console.print(f"日志 log: {folder}/supervisor.log, {folder}/nodes/*/node.log")
            raise typer.Exit(3) from None
    _show(report, folder)


@app.command()
def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """停止由 up 启动的全部进程。Stop everything that `up` started."""
    with console.status("正在停止 stopping …"):
        ran = supervisor.down(folder)
    console.print("已停止 stopped" if ran else "未在运行 not running")


@app.command()
def status(folder: Folder = DEFAULT_FOLDER) -> None:
    """显示各单位节点的状态；未运行时退出码为3。Show every node; exit code 3 when it is not running."""
    report = supervisor.read(folder)
    if report is None or not supervisor.running(folder):
        console.print("未在运行 not running · make up")
        raise typer.Exit(3)
    _show(report, folder)


@app.command()
def clean(folder: Folder = DEFAULT_FOLDER) -> None:
    """停止并删除全部数据。Stop, and delete all data."""
    with console.status("正在清除 cleaning …"):
        supervisor.clean(folder)
    console.print(f"已删除 deleted {folder}")


def _show(report: supervisor.Report, folder: Path) -> None:
    layout = Layout(folder, Authorities.read())
    table = Table(box=None, header_style="bold")
    for heading in ("单位 authority", "", "状态 state", "地址 address", "pid"):
        table.add_column(heading)
    states = {"serving": "● 运行", "starting": "◐ 启动", "stopped": "○ 停止"}
    for each in layout.authorities.all:
        pid = report.pids.get(f"{each.id}.node")
        state = report.nodes.get(each.id, "stopped")
        table.add_row(
            each.id, each.authority.name, f"{states[state]} {state}", report.addresses.get(each.id, ""), str(pid or "")
        )
    Console(highlight=False).print(table)
    console.print(f"设置 settings: {layout.node('<id>')}/env · enforcement --env FILE …")


if __name__ == "__main__":
    app(prog_name="python -m deploy.local")

"""`chadang`: parse, call one use case, print. Heavy libraries load when a command needs them."""

from __future__ import annotations

import sys

import typer

from api.cli import audit, classify, demo, index, ingest, privacy, quarantine, search, serve, user
from api.cli.options import complain
from models.errors import ArchiveError

app = typer.Typer(
    name="chadang",
    help="查档：社保档案的归档、分类、隐私检查与检索。全部离线运行。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("ingest")(ingest.ingest)
app.command("search")(search.search)
app.command("classify")(classify.classify)
app.command("quarantine")(quarantine.quarantine)
app.command("migrate")(index.migrate)
app.add_typer(privacy.app, name="privacy")
app.add_typer(index.app, name="index")
app.add_typer(user.app, name="user")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Run a command; an error of the tree is one sentence on stderr and exit code 2."""
    try:
        app()
    except ArchiveError as error:
        complain(error)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("已中断；已完成的部分都已保存，重新运行同一命令可继续。", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing more can be said
        sys.exit(1)


if __name__ == "__main__":
    main()

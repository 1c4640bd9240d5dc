"""The service: let systemd or launchd run Tokenhouse every week."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.service.manager import FileStatus

service = typer.Typer(
    no_args_is_help=True,
    help="Let this machine run Tokenhouse every week, without Dagster's server.",
)
app.add_typer(service, name="service")


@service.command()
def install(
    shows: Annotated[bool, typer.Option("--print", help="Only show the files.")] = False,
) -> None:
    """Install timers of systemd, or agents of launchd, for this user, and enable them.

    They publish every closed week, fetch prices daily, and notify if anything is stale.
    """
    from pipelines.service import manager, units

    home = settings().tokenhouse_home
    if shows:
        for path, text in manager.files(home).items():
            console.line(f"# {path}\n{text}")
        return
    changed = manager.install(home)
    for path in changed:
        console.line(f"written: {path}")
    if not changed:
        console.line("installed already: nothing has changed")
    if not settings().openrouter_api_key:
        console.line(
            f"there is no key yet: write OPENROUTER_API_KEY=… into {units.SETTINGS_FILE}, mode 600"
        )
    if not manager.is_macos():
        console.line("`loginctl enable-linger` lets it run while nobody is logged in")


@service.command()
def status(json: Json = False) -> None:
    """Show whether the files are installed, and when each job ran and runs next."""
    from pipelines.errors import RefusalError
    from pipelines.service import manager

    files, jobs = manager.file_status(settings().tokenhouse_home), manager.job_status()
    if json:
        console.as_json({"files": files, "jobs": jobs})
    else:
        _show_files(files)
        console.table(
            "Jobs",
            ["job", "enabled", "last result", "next run"],
            [[console.plain(value) for value in one.values()] for one in jobs],
        )
    wrong = [one for one in files if one["state"] != "installed"]
    if wrong:
        file, state = wrong[0]["file"], wrong[0]["state"]
        first = "move it away first, then " if state == "edited" else ""
        raise RefusalError(f"{file} is {state}: {first}`tokenhouse service install` writes it")


def _show_files(files: "list[FileStatus]") -> None:
    console.table(
        "Files of the service",
        ["file", "state"],
        [[f"{one['file']}", one["state"]] for one in files],
    )


@service.command()
def uninstall() -> None:
    """Disable the service and remove its files; the home stays as it is."""
    from pipelines.service import manager

    removed, edited = manager.uninstall(settings().tokenhouse_home)
    for path in removed:
        console.line(f"removed: {path}")
    for path in edited:
        console.line(f"left, since it was edited: {path}")
    if not (removed or edited):
        console.line("not installed: there is nothing to remove")

"""``tidegate explain URL``: which route wins, which lose and by which rule, and what happens to the request."""

from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from router.base import parse
from router.base.parse import Bad
from router.cli.options import Sectioned, needed_manifests, output, settings_from, settings_options


def _headers(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in values:
        name, colon, value = text.partition(":")
        if not colon or not name.strip() or not text.isprintable():
            raise click.BadParameter(f"{text!r} is not 'name: value'")
        pairs.append((name.strip().lower(), value.strip()))
    return tuple(pairs)


def _client(_: click.Context, __: click.Parameter, value: str) -> str:
    address = parse.ip_address(value)
    if isinstance(address, Bad):
        raise click.BadParameter(address.why)
    return address


@click.command(name="explain", cls=Sectioned)
@click.argument("url")
@needed_manifests
@click.option("-H", "--header", "headers", multiple=True, callback=_headers, metavar="'NAME: VALUE'", help="A request header.")
@click.option("-X", "--method", default="GET", show_default=True, help="The request's method.")
@click.option("--client", default="127.0.0.1", show_default=True, callback=_client, metavar="IP", help="The peer's address.")
@click.option("--sni", metavar="NAME", help="The TLS server name, if it is not the URL's host.")
@output("text", "json")
@settings_options()
def command(
    *, url: str, paths: tuple[str, ...], headers: tuple[tuple[str, str], ...], method: str, client: str, sni: str | None,
    form: str, **values: Any,
) -> None:  # fmt: skip
    """Say which route a request takes and why, without sending it.

    Exit code 0 if a route takes it, 1 if none does.
    """
    from router.cli.inputs import translation  # noqa: PLC0415
    from router.cli.output import note_findings  # noqa: PLC0415
    from router.table import explain, story  # noqa: PLC0415

    request = _request(url, headers, method, client, sni)
    settings, _ = settings_from(values)
    made = translation(paths, settings, None)
    found = explain.explain(made.table, request)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(explain.to_builtins(found)), indent=2))
    else:
        click.echo(story.render_text(found), nl=False)
        about = [f for f in made.findings if f.object in explain.objects(found)]
        note_findings(about)
    raise SystemExit(0 if found.route else 1)


def _request(url: str, headers: tuple[tuple[str, str], ...], method: str, client: str, sni: str | None) -> Any:
    from router.table.explain import Request  # noqa: PLC0415

    if not url.isprintable() or " " in url:
        raise click.BadParameter("a URL has no blanks or control characters; percent-encode them", param_hint="URL")
    full = url if "://" in url else f"http://{url}"
    scheme, rest = full.split("://", 1)
    if scheme not in ("http", "https"):
        raise click.BadParameter(f"{scheme!r} is not http or https", param_hint="URL")
    authority = urlsplit(full).netloc.rpartition("@")[2]
    target = rest[len(urlsplit(full).netloc) :].split("#")[0]
    host = dict(headers).get("host", authority)
    path = target if target.startswith("/") else f"/{target}"
    return Request(
        scheme=scheme,
        host=host,
        path=path,
        method=method,
        headers=headers,
        client=client,
        sni=sni if sni is not None else authority,
    )

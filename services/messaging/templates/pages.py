"""A letter as a page, for programs that show one. Pure.

Whatever a letter says is escaped: nobody writes tags, addresses or styles into it. What it asks
to be done is a button, and stands there as a link in words too.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from services.messaging.messages.domain import Channel, Letter
from services.messaging.templates.buttons import titles

_PAGE = """<!doctype html>
<html lang="{language}" dir="auto">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;\
font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:36em;margin:auto;padding:24px;background:#ffffff;border-radius:8px">
{parts}
</div>
{foot}</body>
</html>
"""
_HEAD = '<p dir="auto" style="margin:0 0 24px;font-weight:600;color:#52525b">{}</p>'
_PARAGRAPH = '<p dir="auto" style="margin:0 0 16px">{}</p>'
_BUTTON = (
    '<p style="margin:24px 0"><a href="{uri}" style="display:inline-block;padding:12px 24px;'
    'background:#1d4ed8;border-radius:6px;color:#ffffff;text-decoration:none">{title}</a></p>'
)
_FOOT = (
    '<p style="max-width:36em;margin:16px auto;text-align:center;font-size:13px">'
    '<a href="{uri}" style="color:#71717a">{title}</a></p>\n'
)
# What stands at the end of a sentence belongs to it and not to the address.
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'»]")


def dressed(letter: Letter) -> Letter:
    """The letter with a page, if it is one that has one."""
    if letter.channel is not Channel.EMAIL or letter.html:
        return letter
    return replace(letter, html=page(letter))


def page(letter: Letter) -> str:
    shown = {link.uri for link in letter.links if _is_address(link.uri)}
    parts = [_HEAD.format(html.escape(letter.host))] if letter.host else []
    for paragraph in re.split(r"\n\s*\n", letter.text.body.strip()):
        # A link on a line of its own becomes the button.
        lines = [line for line in paragraph.splitlines() if line.strip() not in shown]
        if lines:
            parts.append(_PARAGRAPH.format("<br>\n".join(map(_linked, lines))))
    parts += [
        _BUTTON.format(uri=html.escape(link.uri), title=html.escape(link.title))
        for link in letter.links
        if link.uri in shown
    ]
    return _PAGE.format(
        language=html.escape(letter.language), parts="\n".join(parts), foot=_foot(letter)
    )


def _foot(letter: Letter) -> str:
    if not letter.unsubscribe_uri:
        return ""
    title = titles(letter.language).unsubscribe
    return _FOOT.format(uri=html.escape(letter.unsubscribe_uri), title=html.escape(title))


def _is_address(uri: str) -> bool:
    return _ADDRESS.fullmatch(uri) is not None


def _linked(line: str) -> str:
    """A line with what is an address in it as a link."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        uri = html.escape(found[0])
        parts += [html.escape(line[end : found.start()]), f'<a href="{uri}">{uri}</a>']
        end = found.end()
    return "".join([*parts, html.escape(line[end:])])

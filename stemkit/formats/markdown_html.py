"""Blocks of a text as HTML in which nothing runs and nothing is fetched."""

from __future__ import annotations

import html
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from stemkit.formats.markdown import Block, reader, web_link

if TYPE_CHECKING:
    from markdown_it.token import Token


def to_html(text: Sequence[Block], pictures: Mapping[str, str]) -> str:
    """A fragment of HTML. `pictures` are their addresses (`data:image/...`) by name in the text.

    A picture without an address is told by its words alone; so is a link that leads nowhere.
    """
    maker = reader()
    maker.add_render_rule("image", _image)
    maker.add_render_rule("link_open", _link_open)
    maker.add_render_rule("link_close", _link_close)
    env: MutableMapping[str, Any] = {"pictures": pictures, "links": []}
    tokens = [token for block in text for token in block.tokens]
    return str(maker.renderer.render(tokens, maker.options, env))


def _image(
    renderer: Any, tokens: Sequence[Token], number: int, options: Any, env: dict[str, Any]
) -> str:
    token = tokens[number]
    words = html.escape(str(renderer.renderInlineAsText(token.children or [], options, env)))
    address = env["pictures"].get(unquote(str(token.attrs.get("src", ""))), "")
    if not address:
        return f'<span class="picture missing"><em>{words}</em></span>'
    shown = f'<img src="{html.escape(address)}" alt="{words}">'
    caption = f'<span class="caption">{words}</span>' if words else ""
    return f'<span class="picture">{shown}{caption}</span>'


def _link_open(
    renderer: Any, tokens: Sequence[Token], number: int, options: Any, env: dict[str, Any]
) -> str:
    address = web_link(str(tokens[number].attrs.get("href", "")))
    env["links"].append(bool(address))
    return f'<a href="{html.escape(address)}" rel="noreferrer">' if address else ""


def _link_close(
    renderer: Any, tokens: Sequence[Token], number: int, options: Any, env: dict[str, Any]
) -> str:
    return "</a>" if env["links"].pop() else ""

"""Completion for PowerShell, which click does not have.

PowerShell calls the script block with the word under the cursor and the syntax tree of the line;
it hands both on in environment variables, and each line of our answer becomes an offer.
`Register-ArgumentCompleter -Native` is documented for PowerShell 5.1 and later.
"""

from __future__ import annotations

import os
from typing import ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

_SOURCE = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $tree, $cursor)
    $env:%(complete_var)s = 'powershell_complete'
    $env:COMP_WORDS = ($tree.CommandElements | ForEach-Object { $_.ToString() }) -join "`n"
    $env:COMP_CWORD = $word
    $encoding = [Console]::OutputEncoding
    [Console]::OutputEncoding = [Text.Encoding]::UTF8
    try {
        & %(prog_name)s | Where-Object { $_ } | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        [Console]::OutputEncoding = $encoding
        Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_CWORD -ErrorAction SilentlyContinue
    }
}
"""  # noqa: E501


class PowerShellComplete(ShellComplete):
    """Answers PowerShell with one offer a line: the word, a tab, what it stands for.

    Files are left to PowerShell, which offers them where nothing else is.
    """

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the unfinished one."""
        words = os.environ.get("COMP_WORDS", "").split("\n")[1:]
        unfinished = os.environ.get("COMP_CWORD", "")
        if unfinished and words and words[-1] == unfinished:
            words.pop()
        return [_unquoted(word) for word in words], _unquoted(unfinished)

    def format_completion(self, item: CompletionItem) -> str:
        """One line; a word with spaces is quoted as PowerShell wants it."""
        if item.type != "plain":
            return ""
        word = str(item.value)
        quoted = "'" + word.replace("'", "''") + "'" if " " in word else word
        meaning = (item.help or "").replace("\n", " ").replace("\t", " ")
        return f"{quoted}\t{meaning}" if meaning else quoted

    def complete(self) -> str:
        """All offers; nothing where files are wanted."""
        return "\n".join(row for row in super().complete().split("\n") if row)


def _unquoted(word: str) -> str:
    """A word without PowerShell's quotes; the closing one may not be typed yet."""
    if not word or word[0] not in "'\"":
        return word
    inner = word[1:-1] if len(word) > 1 and word[-1] == word[0] else word[1:]
    return inner.replace(word[0] * 2, word[0])


add_completion_class(PowerShellComplete)

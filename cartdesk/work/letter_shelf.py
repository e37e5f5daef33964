"""The shelf of letters: cartdesk's, the merchant's own over them, and drafts. Reads and writes."""

from __future__ import annotations

from cartdesk.adapters.letter_files import LetterFiles, tidy
from cartdesk.adapters.paths import is_shop_name
from cartdesk.domain.letters.shelf import Opened, Saved, Shelved
from cartdesk.domain.views import Check, Verdict
from cartdesk.work.context import Context, NotPossible

_NO_FOLDER = "There is no folder for letters of your own here."


class LetterShelf:
    """Every letter of a shop; its methods read and write files, so they belong in a thread."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def checks(self, source: str) -> tuple[Check, ...]:
        """Say what is wrong with a text; it takes some hundredths of a second."""
        from cartdesk.domain.letters.judging import judge

        shop = self._context.settings.shop
        return judge(tidy(source), shop.address, shop.extra_hosts)

    def files(self, name: str, language: str) -> LetterFiles:
        """Give the merchant's folder. Raises NotPossible for a name no file may have."""
        folder = self._context.letterbox.folder
        if folder is None:
            raise NotPossible(_NO_FOLDER)
        if not is_shop_name(name) or not is_shop_name(language):
            raise NotPossible(f"There is no letter “{name}” in the language “{language}”.")
        return LetterFiles(folder)

    def all(self) -> tuple[Shelved, ...]:
        """List the letters of every language; one that cannot be read stands there as well."""
        box = self._context.letterbox
        files = LetterFiles(box.folder) if box.folder else None
        found = []
        for language in box.all_languages():
            drafts = files.drafts(language) if files else ()
            for name in sorted({*box.names(language), *filter(is_shop_name, drafts)}):
                own = files is not None and files.has(language, name)
                ours = bool(box.default(name, language))
                source, checks = self.in_use(name, language) if own or ours else ("", ())
                found.append(Shelved(language, name, ours, own, name in drafts, source, checks))
        return tuple(found)

    def in_use(self, name: str, language: str) -> tuple[str, tuple[Check, ...]]:
        """Give the text letters are written with, "" when it cannot be read, and its flaws."""
        from cartdesk.domain.letters import LetterProblem

        try:
            source = self._context.letterbox.get(name, language).source
        except LetterProblem as problem:
            return "", (Check("letter", Verdict.STOP, str(problem)),)
        return source, self.checks(source)

    def opened(self, name: str, language: str) -> Opened:
        """Give a letter to be edited. Raises NotPossible when there is none."""
        box = self._context.letterbox
        if not is_shop_name(name) or not is_shop_name(language):
            raise NotPossible(f"There is no letter “{name}” in the language “{language}”.")
        draft = LetterFiles(box.folder).draft(language, name) if box.folder else None
        default = box.default(name, language)
        if draft is None and name not in box.names(language):
            known = ", ".join(box.names(language)) or "none"
            raise NotPossible(
                f"There is no letter “{name}” in the language “{language}”. There are: {known}."
            )
        in_use, checks = self.in_use(name, language) if name in box.names(language) else ("", ())
        note = checks[0].sentence if checks and not in_use else ""
        if draft is not None:
            rest = "the last whole version is in use" if in_use else "no letter is written with it"
            note = f"A draft that could not be sent yet; {rest}."
        return Opened(
            language,
            name,
            draft if draft is not None else in_use,
            in_use,
            default,
            draft is not None,
            note,
        )

    def save(self, name: str, language: str, source: str, begun_from: str | None) -> Saved:
        """Keep a text: in use when it is whole, else as a draft. Raises OSError."""
        from cartdesk.domain.letters.judging import whole

        files, checks = self.files(name, language), self.checks(source)
        if not whole(checks):
            files.save_draft(language, name, source)
            known = name in self._context.letterbox.names(language)
            rest = "The last whole version stays in use" if known else "No letter uses it yet"
            if known and not whole(self.in_use(name, language)[1]):
                rest = "The text in use is broken too"
            return Saved(f"Kept as a draft. {rest}. {checks[0].sentence}", False)
        if tidy(source) == self._context.letterbox.default(name, language):
            files.remove(language, name, self._context.clock.wall())  # so that it stays the newest
            return Saved("This is cartdesk's own letter, word for word; no copy was made", True)
        former = files.text(language, name) if files.has(language, name) else None
        others = begun_from is not None and former is not None and former != begun_from
        files.save(language, name, source, self._context.clock.wall())
        note = " Another program had changed the file; its text is kept as a version." * others
        return Saved(f"Saved: letters are written with it from now on.{note}", True)

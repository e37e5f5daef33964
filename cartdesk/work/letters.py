"""The merchant's own letters: read, judged while they are typed, kept, tried and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cartdesk.adapters.letter_files import tidy
from cartdesk.adapters.paths import is_shop_name
from cartdesk.domain.letters.shelf import Opened, Saved, Shelved, Version
from cartdesk.domain.model import Cart, CartState, Letter, Rendered
from cartdesk.domain.ports import Mailer
from cartdesk.domain.views import Check, Done
from cartdesk.work import trying
from cartdesk.work.composing import example_of
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.languages import new_language_files, words_trouble
from cartdesk.work.letter_shelf import LetterShelf
from cartdesk.work.previewing import Previews

if TYPE_CHECKING:
    from cartdesk.domain.letters.fields import LetterFacts

T = TypeVar("T")
_MOST_EXAMPLES = 20  # carts the preview goes through
_BEGINNING = "friendly-reminder"  # what a new letter starts from


@dataclass(frozen=True, slots=True)
class Example:
    """What a letter is filled in with: a cart, or None for made-up facts; ``of`` such carts."""

    cart: Cart | None
    facts: LetterFacts
    place: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A text as it reads, None when it cannot be filled in, and what is to be said of it."""

    rendered: Rendered | None
    checks: tuple[Check, ...]


class LetterDesk:
    """The letters' own desk; ``writing`` refuses where nothing may be changed.

    Whatever writes raises NotPossible when the disk does not take it; nothing was changed then.
    """

    def __init__(
        self,
        context: Context,
        previews: Previews,
        writing: Callable[[], None],
        mailer: Callable[[], Mailer] | None,
    ) -> None:
        self._context = context
        self._previews = previews
        self._shelf = LetterShelf(context)
        self._writing = writing
        self._mailer = mailer

    # reading

    async def shelf(self) -> tuple[Shelved, ...]:
        """List the letters of every language; one that cannot be read stands there as well."""
        return await asyncio.to_thread(self._shelf.all)

    async def troubles(self) -> tuple[str, ...]:
        """Say of each language of the merchant's what is wrong with its fixed words."""
        box = self._context.letterbox
        return await asyncio.to_thread(
            lambda: tuple(filter(None, (words_trouble(box, one) for one in box.all_languages())))
        )

    async def open(self, name: str, language: str) -> Opened:
        """Give a letter to be edited. Raises NotPossible when there is none."""
        return await asyncio.to_thread(self._shelf.opened, name, language)

    async def versions(self, name: str, language: str) -> tuple[Version, ...]:
        """List the former texts of a letter, the newest first."""
        files = self._shelf.files(name, language)
        return await asyncio.to_thread(files.versions, language, name)

    async def version(self, name: str, language: str, key: str) -> str:
        """Give a former text. Raises NotPossible when it is gone."""
        files = self._shelf.files(name, language)
        text = await asyncio.to_thread(files.version, language, name, key)
        if text is None:
            raise NotPossible("This version is gone, or can no longer be read.")
        return text

    # judging

    async def example(self, name: str, language: str, place: int = 0) -> Example:
        """Give a real cart to fill a letter in with, the newest abandoned one first.

        Args:
            name: The letter; its step stands in the link.
            language: Of the letter.
            place: Which cart; after the last one come made-up facts, then the first again.

        Raises:
            NotPossible: The words of the language cannot be read.
        """
        context, desktop = self._context, self._context.desktop()
        carts = await context.ledger.read(
            lambda book: book.windows.in_state(CartState.ABANDONED, _MOST_EXAMPLES)
        )
        place %= len(carts) + 1
        facts = await self._previews.facts(carts[place]) if place < len(carts) else None
        products = {} if facts is None else await self._previews.products(facts)
        try:
            words = await asyncio.to_thread(context.letterbox.words, language)
            known = await asyncio.to_thread(
                example_of, name, language, facts, products, words, desktop
            )
        except (ValueError, LookupError) as problem:
            raise NotPossible(str(problem)) from None
        return Example(facts.cart if facts else None, known, place, len(carts))

    async def judge(self, source: str, example: Example, language: str) -> Judged:
        """Fill a text in and say what is wrong with it, or could be better."""

        def judge() -> Judged:
            from cartdesk.domain.letters import LetterProblem, render

            try:
                rendered = render(Letter("letter", language, tidy(source)), example.facts)
            except LetterProblem:
                rendered = None
            return Judged(rendered, self.checks(source))

        return await asyncio.to_thread(judge)

    def checks(self, source: str) -> tuple[Check, ...]:
        """Say what is wrong with a text; it takes some hundredths of a second."""
        return self._shelf.checks(source)

    # keeping

    async def save(
        self, name: str, language: str, source: str, *, begun_from: str | None = None
    ) -> Saved:
        """Keep a text: in use when it is whole, else as a draft beside the one in use.

        Args:
            name: The letter.
            language: Its language.
            source: The text.
            begun_from: What was in use when the editing began; None when nobody knows.

        Raises:
            NotPossible: Nothing may be changed.
        """
        self._writing()
        return await _on_disk(self._shelf.save, name, language, source, begun_from)

    async def restore(self, name: str, language: str, key: str) -> Saved:
        """Put a former text into use again; the present one becomes a version."""
        return await self.save(name, language, await self.version(name, language, key))

    async def back_to_default(self, name: str, language: str) -> Done:
        """Take the merchant's text out of use; it stays as a version.

        Raises:
            NotPossible: There is none, or nothing may be changed.
        """
        self._writing()
        files, box = self._shelf.files(name, language), self._context.letterbox
        if not files.has(language, name) and files.draft(language, name) is None:
            raise NotPossible(f"{_called(name)} is cartdesk's own already.")
        await _on_disk(files.remove, language, name, self._context.clock.wall())
        if box.default(name, language):
            return Done(f"{_called(name)} is cartdesk's own again; your text is kept (v)")
        return Done(f"{_called(name)} is deleted; its text is kept in the folder .versions")

    async def new_letter(self, name: str, language: str) -> str:
        """Begin a letter as a copy of the first reminder, and give its name as it is kept.

        Raises:
            NotPossible: The name will not do, or there is such a letter.
        """
        self._writing()
        name = "-".join(name.lower().split())
        if not is_shop_name(name):
            raise NotPossible(
                "A letter's name has 1 to 40 letters a to z, digits and hyphens, such as "
                "“spring-sale”."
            )
        files, box = self._shelf.files(name, language), self._context.letterbox
        if name in box.names(language) or files.draft(language, name) is not None:
            raise NotPossible(f"There is a letter “{name}” in this language already: e edits it.")
        text = box.default(_BEGINNING, language) or box.default(_BEGINNING)
        await _on_disk(files.save, language, name, text, self._context.clock.wall())
        return name

    async def new_language(self, language: str) -> Done:
        """Add a language: the English letters in use, and the fixed words to translate.

        Raises:
            NotPossible: No language is known by that code, or there is one already.
        """
        from cartdesk.domain.language import own_name

        self._writing()
        language, box = language.strip().lower(), self._context.letterbox
        if not is_shop_name(language) or own_name(language) == language:
            raise NotPossible("Name the language by its code of two letters, such as et.")
        if language in box.all_languages():
            raise NotPossible(f"There are letters in {own_name(language)} already.")
        files = self._shelf.files(_BEGINNING, language)
        made = await asyncio.to_thread(new_language_files, box)
        await _on_disk(files.add_language, language, made)
        return Done(
            f"Added {own_name(language)} with the English letters. Translate them here, and the "
            f"fixed words in {files.folder / language / 'words.toml'}; each says what it is for"
        )

    # trying

    def test_address(self) -> str:
        """Give the merchant's own address, the only one a test goes to; "" without one."""
        return trying.own_address(self._context.settings.sender)

    async def test(
        self, name: str, language: str, source: str | None = None, place: int = 0
    ) -> Done:
        """Send a letter to the merchant's own address by the real mail account.

        Args:
            name: The letter.
            language: Its language.
            source: A text that is being edited; None: the text in use.
            place: Which cart fills it in, see :meth:`example`.

        Raises:
            NotDelivered: The mail server did not take it.
            NotPossible: It cannot be filled in, no account is set up, or sending is paused.
        """
        self._writing()
        text = (await self.open(name, language)).in_use if source is None else tidy(source)
        if not text:
            raise NotPossible(f"{_called(name)} is only a draft yet. Edit it first (e).")
        example = await self.example(name, language, place)
        letter = Letter(name, language, text)
        return await trying.send_test(self._context, self._mailer, letter, example.facts)


async def _on_disk(write: Callable[..., T], *given: object) -> T:
    """Write files in a thread; a disk that does not take them becomes a sentence."""
    try:
        return await asyncio.to_thread(write, *given)
    except OSError as error:
        why = error.strerror or "the folder cannot be written to"
        raise NotPossible(
            f"Not saved: {why}. Nothing was changed, and what you typed is still here. Mend that, "
            "then save again."
        ) from None


def _called(name: str) -> str:
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]

"""The language of a letter: found by itself, switched with one key, and taken back."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cartdesk.desk import NotPossible
from tests.desks import open_bench


async def test_a_letter_is_switched_to_another_language_and_goes_out_in_it(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        item = next(i for i in await bench.sendable() if i.row.email == "ana@example.org")
        number, desk = item.reminder.id, bench.desk
        shown = await desk.preview(number)
        assert shown.tongue is not None
        assert shown.tongue.language == "en"
        assert shown.languages == ("en", "fi", "hu")

        await desk.edit(number, "Subject: Mine\n\n[Back]({{ link }})\n")
        await desk.speak(number, "fi")
        finnish = await desk.preview(number)
        assert finnish.rendered is not None
        assert "Hei Ana!" in finnish.rendered.text
        assert 'lang="fi"' in finnish.rendered.html
        await desk.undo()
        back = await desk.preview(number)
        assert back.rendered is not None
        assert back.rendered.subject == "Mine"

        await desk.speak(number, "hu")
        shown = await desk.preview(number)
        await desk.send_now([number])
        (mail,) = bench.mails()
        assert "Szia, Ana!" in str(message_from_bytes(mail, policy=policy.default).get_body())
        assert (await desk.preview(number)).reminder.language == "hu"
        with pytest.raises(NotPossible, match="ready"):
            await desk.speak(number, "fi")


async def test_the_country_chooses_and_an_unknown_language_changes_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        items = await bench.sendable()
        assert (await bench.desk.shop()).language == "en"
        languages = set()
        for item in items:
            tongue = (await bench.desk.preview(item.reminder.id)).tongue
            assert tongue is not None
            languages.add((item.row.country, tongue.language))
        assert languages == {("FI", "en"), ("GB", "en"), ("DE", "en"), ("FI", "fi")}
        with pytest.raises(NotPossible, match="there are en, fi, hu"):
            await bench.desk.speak(items[0].reminder.id, "sv")

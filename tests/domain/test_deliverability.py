"""SPF, DKIM and DMARC in plain words, asked of a real DNS server on this computer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from cartdesk.adapters.mail.dns import MailDns
from cartdesk.domain.settings import MailSettings, SenderSettings, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.examining_domain import examine_domain

KEY = "v=DKIM1; k=rsa; p=" + "M" * 392
GOOD = {
    "shop.example": ("v=spf1 include:_spf.google.com ~all", "google-site-verification=x"),
    "_spf.google.com": ("v=spf1 include:_netblocks.google.com ~all",),
    "_netblocks.google.com": ("v=spf1 ip4:192.0.2.0/24 ~all",),
    "google._domainkey.shop.example": (KEY,),
    "_dmarc.shop.example": ("v=DMARC1; p=quarantine; rua=mailto:a@shop.example",),
}


def quote(text: str) -> str:
    return " ".join(f'"{text[start : start + 250]}"' for start in range(0, len(text), 250))


@contextmanager
def name_server(zone: Mapping[str, tuple[str, ...]]) -> Iterator[int]:
    """Answer TXT questions over UDP from a table, anything else with “no such name”."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = server.recvfrom(4096)
                if not data:
                    return
                question = dns.message.from_wire(data)
                answer = dns.message.make_response(question)
                asked = question.question[0]
                texts = zone.get(asked.name.to_text(omit_final_dot=True).lower())
                if texts is None:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                else:
                    quoted = [quote(text) for text in texts]
                    answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", *quoted))
                answer.flags |= dns.flags.RA
                server.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", server.getsockname())
            thread.join()


def examined(
    changes: Mapping[str, tuple[str, ...] | None] | None = None,
    *,
    sender: str = "hello@shop.example",
    login: str = "hello@shop.example",
    host: str = "smtp.gmail.com",
) -> dict[str, Finding]:
    zone = {**GOOD, **(changes or {})}
    settings = Settings(
        sender=SenderSettings(email=sender), mail=MailSettings(host=host, login=login)
    )
    with name_server({name: texts for name, texts in zone.items() if texts}) as port:
        asking = MailDns(["127.0.0.1"], port)
        return {one.topic: one for one in examine_domain(settings, asking.records)}


def test_a_domain_in_order_has_nothing_to_mend() -> None:
    found = examined()
    assert list(found) == ["from", "spf", "dkim", "dmarc"]
    assert {one.verdict for one in found.values()} == {Verdict.OK}
    assert "lets smtp.gmail.com send" in found["spf"].sentence
    assert "put mail that fails with the spam" in found["dmarc"].sentence


@pytest.mark.parametrize(
    ("changes", "topic", "verdict", "says", "mend"),
    [
        ({"shop.example": None}, "spf", Verdict.STOP, "no SPF record", "What must the SPF record"),
        (
            {"shop.example": ("v=spf1 a -all", "v=spf1 mx -all")},
            *("spf", Verdict.STOP, "has 2 SPF records", "Join them"),
        ),
        (
            {"shop.example": ("v=spf1 mx -all",)},
            *("spf", Verdict.STOP, "does not name", "include:_spf.google.com"),
        ),
        ({"shop.example": ("v=spf1 +all",)}, "spf", Verdict.STOP, "everybody", "-all"),
        (
            {"shop.example": ("v=spf1 " + "a " * 11 + "~all",)},
            *("spf", Verdict.STOP, "takes 11 lookups", "Take out"),
        ),
        (
            {"google._domainkey.shop.example": None},
            *("dkim", Verdict.WARN, "No DKIM key", "signed with DKIM"),
        ),
        (
            {"google._domainkey.shop.example": ("v=DKIM1; p=",)},  # a key that was taken back
            *("dkim", Verdict.WARN, "No DKIM key", "signed with DKIM"),
        ),
        (
            {"google._domainkey.shop.example": ("v=DKIM1; p=" + "M" * 128,)},
            *("dkim", Verdict.WARN, "too short", "2048"),
        ),
        (
            {"_dmarc.shop.example": None},
            *("dmarc", Verdict.WARN, "no DMARC", "_dmarc.shop.example: v=DMARC1; p=none"),
        ),
        (
            {"_dmarc.shop.example": ("v=DMARC1; p=sometimes",)},
            *("dmarc", Verdict.WARN, "cannot be used", "one record"),
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    changes: dict[str, tuple[str, ...] | None], topic: str, verdict: Verdict, says: str, mend: str
) -> None:
    finding = examined(changes)[topic]
    assert finding.verdict is verdict
    assert says in finding.sentence
    assert mend in finding.mend


def test_a_subdomain_is_spoken_for_by_the_domain_above_it() -> None:
    found = examined({"mail.shop.example": ("v=spf1 redirect=shop.example",)},
                     sender="hello@mail.shop.example")  # fmt: skip
    assert found["spf"].verdict is Verdict.OK
    assert "_dmarc.shop.example" in found["dmarc"].sentence


def test_records_that_go_round_in_circles_end() -> None:
    loop = {
        "shop.example": ("v=spf1 include:a.example ~all",),
        "a.example": ("v=spf1 include:shop.example include:a.example ~all",),
    }
    assert examined(loop)["spf"].verdict is Verdict.STOP


def test_another_providers_server_is_not_judged_by_guessing() -> None:
    spf = examined(host="mail2.linuxweb.hu")["spf"]
    assert spf.verdict is Verdict.OK
    assert "only its provider knows" in spf.sentence


def test_letters_from_another_address_than_the_accounts_are_warned_of() -> None:
    found = examined(login="maija@shop.example")["from"]
    assert found.verdict is Verdict.WARN
    assert "maija@shop.example" in found.sentence


@pytest.mark.parametrize(
    ("host", "verdict"), [("smtp.gmail.com", Verdict.OK), ("smtp.other.example", Verdict.STOP)]
)
def test_a_free_address_goes_only_through_its_own_server(host: str, verdict: Verdict) -> None:
    found = examined(sender="shop@gmail.com", login="shop@gmail.com", host=host)
    assert list(found) == ["from", "domain"]
    assert found["domain"].verdict is verdict


def test_without_a_network_it_says_so_and_judges_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings = Settings(sender=SenderSettings(email="a@shop.example"))
    found = examine_domain(settings, MailDns(["127.0.0.1"], port, 0.5).records)
    assert [one.topic for one in found] == ["from", "dns"]
    assert found[1].verdict is Verdict.WARN


def test_without_a_sender_there_is_nothing_to_ask() -> None:
    assert examine_domain(Settings())[0].verdict is Verdict.STOP

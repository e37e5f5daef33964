"""Questions to DNS about a sender's domain; the only place that knows dnspython."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cartdesk.domain.deliverability import MOST_LOOKUPS, SELECTORS, DomainRecords
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from dns.resolver import Resolver

_SECONDS = 5.0
_MOST_LABELS = 10


class MailDns:
    """Asks the computer's own name servers, or those given.

    Args:
        servers: IP addresses to ask instead; none asks the computer's own.
        port: Where they answer.
        seconds: How long one question may take, over all servers.
    """

    def __init__(
        self, servers: Sequence[str] = (), port: int = 53, seconds: float = _SECONDS
    ) -> None:
        self._servers = servers
        self._port = port
        self._seconds = seconds

    def records(self, domain: str) -> DomainRecords:
        """Gather what a domain says about mail in its name.

        What cannot be asked is said in ``failed``; nothing is raised.
        """
        from dns.exception import DNSException

        try:
            resolver = self._resolver()
            spf = _beginning(self.texts(resolver, domain), "v=spf1")
            walk = _SpfWalk(self, resolver)
            if len(spf) == 1:
                walk.follow(spf[0])
            dmarc_at, dmarc = self._dmarc(resolver, domain)
            return DomainRecords(
                domain=domain,
                spf=spf,
                allowed=frozenset(walk.seen),
                lookups=walk.lookups,
                dkim=dict(self._dkim(resolver, domain)),
                dmarc=dmarc,
                dmarc_at=dmarc_at,
            )
        except (DNSException, OSError, UnicodeError, ValueError) as error:
            return DomainRecords(domain, failed=clean(error, 120) or type(error).__name__)

    def _resolver(self) -> Resolver:
        from dns.resolver import Resolver

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = list(self._servers)
            resolver.port = self._port
        resolver.lifetime = self._seconds
        return resolver

    def texts(self, resolver: Resolver, name: str) -> tuple[str, ...]:
        """Give the TXT records of a name, each joined and clean; none when there is no such."""
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = resolver.resolve(name, "TXT", search=False)
        except (NXDOMAIN, NoAnswer):
            return ()
        return tuple(
            clean(b"".join(record.strings).decode("ascii", "replace"), 4000) for record in answer
        )

    def _dkim(self, resolver: Resolver, domain: str) -> Iterator[tuple[str, str]]:
        for selector in SELECTORS:
            for text in self.texts(resolver, f"{selector}._domainkey.{domain}")[:1]:
                if "p=" in text.replace(" ", ""):
                    yield selector, text

    def _dmarc(self, resolver: Resolver, domain: str) -> tuple[str, tuple[str, ...]]:
        """Look at the domain and then at those above it, which speak for it as well."""
        labels = domain.split(".")[-_MOST_LABELS:]
        for start in range(max(1, len(labels) - 1)):
            name = f"_dmarc.{'.'.join(labels[start:])}"
            found = _beginning(self.texts(resolver, name), "v=dmarc1")
            if found:
                return name, found
        return f"_dmarc.{domain}", ()


class _SpfWalk:
    """Follows what an SPF record includes, and counts the questions that takes."""

    def __init__(self, names: MailDns, resolver: Resolver) -> None:
        self._names = names
        self._resolver = resolver
        self.seen: set[str] = set()
        self.lookups = 0

    def follow(self, record: str) -> None:
        for term in record.split()[1:]:
            kind, _, target = term.lstrip("+-~?").replace("=", ":", 1).partition(":")
            if kind in {"a", "mx", "ptr", "exists"}:
                self.lookups += 1
            if kind not in {"include", "redirect"}:
                continue
            self.lookups += 1
            target = target.casefold().rstrip(".")
            if target in self.seen or "%" in target or self.lookups > MOST_LOOKUPS:
                continue
            self.seen.add(target)
            for text in _beginning(self._names.texts(self._resolver, target), "v=spf1")[:1]:
                self.follow(text)


def _beginning(texts: Sequence[str], version: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text.casefold().split(";")[0].split()[:1] == [version])

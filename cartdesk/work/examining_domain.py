"""``doctor --mail``: what DNS says of the domain letters come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cartdesk.domain.deliverability import DomainRecords, judge
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import Finding, Verdict

Ask = Callable[[str], DomainRecords]


def examine_domain(settings: Settings, ask: Ask | None = None) -> Sequence[Finding]:
    """Look up SPF, DKIM and DMARC of the sender's domain and judge them in plain words.

    Args:
        settings: Whose sender and mail account it is about.
        ask: Gives a domain's records; the computer's own name servers by default.
    """
    sender, mail = settings.sender.email, settings.mail
    domain = sender.rpartition("@")[2].casefold()
    if not domain:
        return [Finding("from", Verdict.STOP, "No address is set that letters come from.")]
    if ask is None:
        from cartdesk.adapters.mail.dns import MailDns

        ask = MailDns().records
    return judge(ask(domain), sender=sender, login=mail.login, host=mail.host.casefold())

"""Messages as they come back about a letter: reports of mail servers, answers of people."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser

OURS = "<5f0c8f0e-0d3b-4d5e-8c6e-2f1d5f6d7a01@shop.example>"
OTHER = "<somebody-elses@other.example>"


def answer(
    message_id: str = OURS,
    *,
    text: str = "Does it come in blue?",
    sender: str = "Ana Virtanen <Ana@Example.org>",
    subject: str = "Re: You left something",
    header: str = "In-Reply-To",
    **more: str,
) -> bytes:
    """Give what a person (or a program, by ``more`` headers) wrote back."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "hello@shop.example", subject
    message["Message-ID"] = "<answer-1@example.org>"
    message[header] = message_id
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def report(
    message_id: str = OURS,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = "ana@example.org",
    said: str = "550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown",
    returned: str = "message/rfc822",
    text: str = "I'm sorry to have to inform you that your message could not be delivered.",
    kind: str = "delivery-status",
) -> bytes:
    """Give a delivery report as Postfix and others write it (RFC 3464)."""
    whole = MIMEMultipart("report", report_type=kind)
    whole["From"] = "Mail Delivery System <MAILER-DAEMON@mail.shop.example>"
    whole["To"] = "hello@shop.example"
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole["Auto-Submitted"] = "auto-replied"
    whole["Message-ID"] = "<report-1@mail.shop.example>"
    whole.attach(MIMEText(text))
    whole.attach(_status(action, status, recipient, said))
    headers = f"From: hello@shop.example\nTo: {recipient}\nMessage-ID: {message_id}\nSubject: Hi\n"
    original = HeaderParser().parsestr(headers + "\n")
    if returned == "message/rfc822":
        original.set_payload("You left something in your basket.\n")
        whole.attach(MIMEMessage(original))
    else:
        part = MIMEText(headers)
        part.replace_header("Content-Type", returned)
        whole.attach(part)
    return whole.as_bytes()


def _status(action: str, status: str, recipient: str, said: str) -> MIMEMessage:
    block = (
        f"Final-Recipient: rfc822; {recipient}\nOriginal-Recipient: rfc822;{recipient}\n"
        f"Action: {action}\nStatus: {status}\nRemote-MTA: dns; mx.example.org\n"
        f"Diagnostic-Code: smtp; {said}\n"
    )
    part = MIMEMessage(HeaderParser().parsestr("\n"))
    part.set_type("message/delivery-status")
    part.set_payload(
        [
            HeaderParser().parsestr("Reporting-MTA: dns; mail.shop.example\n\n"),
            HeaderParser().parsestr(f"{block}\n"),
        ]
    )
    return part

"""The merchant's mailbox over imap-tools: only ever read, and never for longer than a minute.

Folders are opened with EXAMINE and messages read with BODY.PEEK (RFC 3501), so nothing in the
mailbox changes, not even what counts as unread.

Import this module where a mailbox is opened, not at start-up.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn

from imap_tools import A, BaseMailBox, H, ImapToolsError, UnexpectedCommandStatusError

from cartdesk.adapters.mail.imap_connection import LimitedImap
from cartdesk.adapters.mail.imap_reading import may_concern, message_id_of, read_answer
from cartdesk.adapters.mail.tls import is_not_tls, unreachable, verifying_context
from cartdesk.adapters.redact import redact
from cartdesk.domain.ports import Answers, Found, MailboxError, NotFound, Unavailable
from cartdesk.domain.settings import Encryption, ImapSettings, is_loopback
from cartdesk.domain.text import clean
from cartdesk.domain.views import Finding, Verdict

_CA_SETTING = "imap.ca_file"
_TROUBLE = (
    OSError,
    imaplib.IMAP4.error,
    ImapToolsError,
    ValueError,  # and what the libraries make of an answer that is none
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
_SEARCHABLE = re.compile(r"<[!#-\[\]-~]{3,250}>")  # without what would end a quoted string
_MOST_HITS = 20
_MOST_NEW = 5000
_ONE_ID = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.2000>"
_FEW_HEADERS = "BODY.PEEK[HEADER.FIELDS (IN-REPLY-TO REFERENCES CONTENT-TYPE SUBJECT)]<0.16000>"
_BEGINNING = "BODY.PEEK[]<0.128000>"
_UID = re.compile(rb"\bUID (\d{1,10})")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')


class ImapMailbox:
    """One mailbox; see :class:`cartdesk.domain.ports.Mailbox`. Each question logs in anew.

    Args:
        settings: host, port, encryption, login, ca_file and the folders.
        password: never empty.
        timeout: seconds for each answer of the server.
        deadline: seconds for everything a question takes.
    """

    def __init__(
        self, settings: ImapSettings, password: str, *, timeout: float = 20, deadline: float = 60
    ) -> None:
        self._settings = settings
        self._password = password
        self._timeout = timeout
        self._deadline = deadline

    def __repr__(self) -> str:
        """Name the account, not the password."""
        return f"ImapMailbox({self._settings.login} at {self._settings.host})"

    def find_sent(self, message_id: str) -> Found | NotFound | Unavailable:
        """Look for one of our letters in the folder of sent mail."""
        if not _SEARCHABLE.fullmatch(message_id):
            return Unavailable("The letter has no Message-ID that could be looked for.")
        try:
            with self._session() as box:
                folder = self._sent_folder(box)
                self._examine(box, folder, "imap.sent_folder")
                wanted = str(A(header=H("Message-ID", message_id)))
                for hit in _pieces(box, _uids(box, wanted)[-_MOST_HITS:], _ONE_ID):
                    if message_id_of(hit.data) == message_id:  # the search finds parts of it too
                        return Found(folder, hit.arrived)
                return NotFound(folder)
        except MailboxError as error:
            return Unavailable(str(error))

    def answers_to(self, message_ids: Sequence[str], since: datetime, mark: str = "") -> Answers:
        """Read what came into the inbox about some of our letters. Raises MailboxError."""
        ours = frozenset(message_ids)
        with self._session() as box:
            self._examine(box, self._settings.inbox, "imap.inbox")
            validity, following = box.number("UIDVALIDITY"), box.number("UIDNEXT")
            known, _, first = mark.partition(":")
            begin = int(first) if validity and known == str(validity) else 0
            day_before = (since - timedelta(days=1)).date()  # days are those of the server
            wanted = f"UID {begin}:*" if begin else str(A(date_gte=day_before))
            uids = [uid for uid in _uids(box, wanted) if uid >= begin][-_MOST_NEW:]
            near = [
                piece.uid
                for piece in _pieces(box, uids, _FEW_HEADERS)
                if may_concern(piece.data, ours)
            ]
            found = [
                read_answer(
                    piece.data, ours, key=f"{validity}:{piece.uid}", at=piece.arrived or since
                )
                for piece in _pieces(box, near, _BEGINNING, at_once=1)
            ]
        heard = sorted((one for one in found if one is not None), key=lambda one: one.at)
        following = max(following, *(uid + 1 for uid in uids), begin)
        return Answers(tuple(heard), f"{validity}:{following}" if validity else "")

    def probe(self) -> Finding:
        """Connect, verify TLS, log in and look into both folders; nothing is changed."""
        settings = self._settings
        try:
            with self._session() as box:
                self._examine(box, settings.inbox, "imap.inbox")
                try:
                    folder = self._sent_folder(box)
                    self._examine(box, folder, "imap.sent_folder")
                except MailboxError as error:
                    return Finding("mailbox", Verdict.WARN, str(error), _WITHOUT_SENT)
        except MailboxError as error:
            return Finding("mailbox", Verdict.STOP, str(error))
        how = "without encryption" if settings.encryption is Encryption.NONE else "by TLS"
        return Finding(
            "mailbox",
            Verdict.OK,
            f"{settings.host} can be read {how} as {settings.login}: replies in "
            f"“{settings.inbox}”, sent letters in “{folder}”.",
        )

    @contextmanager
    def _session(self) -> Iterator[_Box]:
        box = None
        try:
            box = _Box(self._connect)
            self._log_in(box)
            yield box
        except _TROUBLE as error:
            self._explain(error, late=box is not None and box.imap.late)
        finally:
            if box is not None:
                box.leave()

    def _connect(self) -> LimitedImap:
        settings = self._settings
        if settings.encryption is Encryption.NONE and not is_loopback(settings.host):
            raise MailboxError(
                "connect",
                f"Without encryption the password could be read on the way to {settings.host}. "
                'Set imap.encryption to "tls" or "starttls".',
            )
        context = verifying_context(settings.ca_file, _CA_SETTING)
        at_once = context if settings.encryption is Encryption.TLS else None
        host = settings.host.strip("[]")
        imap = LimitedImap(host, settings.port, at_once, self._timeout, self._deadline)
        if settings.encryption is Encryption.STARTTLS:
            try:
                imap.starttls(context)
            except BaseException:
                imap.shutdown()
                raise
        return imap

    def _log_in(self, box: _Box) -> None:
        """Log in, once: more tries may lock the account."""
        host, login, password = self._settings.host, self._settings.login, self._password
        if not login or not password:
            raise MailboxError("login", f"No login and password are known for {host}.")
        offered = box.imap.capabilities
        try:
            if "AUTH=PLAIN" in offered:
                box.login_utf8(login, password, initial_folder=None)
            elif "LOGINDISABLED" in offered or not f"{login}{password}".isascii():
                raise MailboxError("login", f"{host} does not take such a login with a password.")
            elif not f"{login}{password}".isprintable():
                raise MailboxError("login", "The login or the password holds a control character.")
            else:
                box.login(login, password, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnexpectedCommandStatusError) as error:
            raise MailboxError(
                "login",
                f"{host} did not let {login} in: {self._words(error)}. Check login and password. "
                "Many providers want an app password, made in their web settings.",
            ) from None

    def _examine(self, box: _Box, folder: str, setting: str) -> None:
        """Open a folder for reading only."""
        try:
            if not folder.isprintable():
                raise ValueError("its name holds control characters")
            box.folder.set(folder, readonly=True)
        except (UnexpectedCommandStatusError, ValueError) as error:
            raise MailboxError(
                "folder",
                f"{self._settings.host} does not show the folder “{clean(folder, 80)}”: "
                f"{self._words(error)}. Name another one in {setting}.",
            ) from None

    def _sent_folder(self, box: _Box) -> str:
        """Give the folder of sent mail: the merchant's, or the one the server marks (RFC 6154)."""
        if self._settings.sent_folder:
            return self._settings.sent_folder
        for folder in box.folder.list():
            if "\\sent" in {flag.casefold() for flag in folder.flags}:
                return folder.name
        raise MailboxError(
            "folder",
            f"{self._settings.host} does not say which folder holds sent mail. Name it in "
            "imap.sent_folder.",
        )

    def _explain(self, error: BaseException, *, late: bool) -> NoReturn:
        """Raise in words what went wrong on the way."""
        host, port = self._settings.host, self._settings.port
        if late:
            sentence = f"{host} took longer than {self._deadline:.0f} s to answer."
        elif is_not_tls(error):
            sentence = (
                f"{host} does not speak TLS from the first byte on port {port}. Port 143 usually "
                'wants encryption "starttls". The password was not sent.'
            )
        elif isinstance(error, OSError):
            sentence = unreachable(error, host, port, _CA_SETTING)
        elif "TLS not supported" in str(error):
            sentence = (
                f"{host} offers no encryption (STARTTLS) on port {port}, or something on the way "
                'took it out. The password was not sent. Port 993 with "tls" may work.'
            )
        elif isinstance(error, imaplib.IMAP4.abort):
            sentence = f"The connection to {host} broke: {self._words(error)}."
        else:
            raise MailboxError(
                "protocol", f"{host} gave an answer that makes no sense: {self._words(error)}."
            ) from None
        raise MailboxError("connect", self._clean(sentence)) from None

    def _words(self, error: BaseException) -> str:
        """Give the server's own words, or those of the error."""
        said: object = error.args[0] if error.args else type(error).__name__
        if isinstance(error, UnexpectedCommandStatusError):
            said = next((part for part in reversed(error.command_result[1]) if part), b"")
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return self._clean(text).rstrip(".") or "it gave no reason"

    def _clean(self, text: str) -> str:
        return clean(redact(text, (self._password,)))


_WITHOUT_SENT = (
    "Replies are heard all the same. Without the folder of sent mail cartdesk cannot look there "
    "when a connection broke."
)


class _Box(BaseMailBox):
    """imap-tools over our own connection."""

    def __init__(self, connect: Callable[[], LimitedImap]) -> None:
        self._connect = connect
        super().__init__()

    def _get_mailbox_client(self) -> LimitedImap:
        self.imap = self._connect()
        return self.imap

    def number(self, name: str) -> int:
        """Give a number the server told when the folder was opened; 0 when it did not."""
        data = self.imap.response(name)[1]
        said = data[0] if data else None
        return int(said) if isinstance(said, bytes) and said.isdigit() and len(said) < 12 else 0

    def leave(self) -> None:
        """Log out and close, ignoring errors."""
        with contextlib.suppress(*_TROUBLE):
            self.imap.sock.settimeout(3)
            self.logout()
        with contextlib.suppress(*_TROUBLE):
            self.imap.shutdown()


@dataclass(frozen=True, slots=True)
class _Piece:
    uid: int
    arrived: datetime | None
    data: bytes


def _uids(box: _Box, criteria: str) -> list[int]:
    """Search; some servers refuse a charset, so none is named."""
    found = box.uids(criteria, charset=None)
    return sorted(int(uid) for uid in found if uid.isascii() and uid.isdigit())


def _pieces(box: _Box, uids: Sequence[int], what: str, *, at_once: int = 100) -> Iterator[_Piece]:
    """Fetch a piece of some messages; one that is gone, or was not asked for, is left out."""
    for start in range(0, len(uids), at_once):
        asked = uids[start : start + at_once]
        names = ",".join(map(str, asked))
        kind, data = box.imap.uid("FETCH", names, f"(UID INTERNALDATE {what})")
        if kind != "OK":
            raise UnexpectedCommandStatusError((kind, data), "OK")
        for item, after in zip(data, [*data[1:], b""], strict=True):
            if isinstance(item, tuple):
                facts = item[0] + (after if isinstance(after, bytes) else b"")
                uid = _UID.search(facts)
                if uid is not None and int(uid[1]) in asked:
                    yield _Piece(int(uid[1]), _arrived(facts), item[1])


def _arrived(facts: bytes) -> datetime | None:
    found = _ARRIVED.search(facts)
    if found is None:
        return None
    try:
        at = parsedate_to_datetime(found[1].decode("ascii", "replace").strip().replace("-", " ", 2))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None

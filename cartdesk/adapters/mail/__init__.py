"""Mail: letters go out by SMTP, what came back is read by IMAP."""

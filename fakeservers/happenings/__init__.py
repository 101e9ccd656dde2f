"""What may happen to a mailbox that runs: its links die, its mail comes or goes, its facts change.

`Mailbox` (`fakeservers.mailbox`) has a method for each. They are for those who stay connected: a
check that is over in a second does not see them. What real servers do then:

- Dovecot says `* BYE Server shutting down.` where it has the client's attention, and closes;
  `* BYE Mailbox UIDVALIDITY changed`, and `* BYE IMAP session state is inconsistent, please
  relogin.` where the selected mailbox was deleted, at its next look at it, in IDLE at once
  (dovecot/core@f28b5a92:src/imap/imap-client.c, `client_kick`; imap-sync.c, `imap_sync_finish`).
- Cyrus tells that all messages of a deleted mailbox were expunged, or ends the connection with
  `* BYE Fatal error: Mailbox has been (re)moved` (`disconnect_on_vanished_mailbox`;
  cyrusimap/cyrus-imapd@1f3a1293:imap/index.c).
- Who is logged in stays so when the password is changed, or an access token expires, unless the
  server looks again: then a rule says so.
"""

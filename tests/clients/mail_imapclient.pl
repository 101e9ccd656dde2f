# What Mail::IMAPClient does; prints what it saw, a line each.
use strict;
use warnings;
use Mail::IMAPClient;
use MIME::Base64;

my ($host, $port, $security, $ca, $user, $password, $mechanism, $prefix) = @ARGV;
sub bearer { return encode_base64("user=$user\x01auth=Bearer $password\x01\x01", '') }

my $tls = [
    SSL_ca_file => $ca, SSL_verify_mode => 1,
    SSL_verifycn_name => $host, SSL_verifycn_scheme => 'imap',
];
my $imap = Mail::IMAPClient->new(
    Server => $host, Port => $port, User => $user, Password => $password, Uid => 1, Timeout => 30,
    ($mechanism ne 'LOGIN' ? (Authmechanism => $mechanism) : ()),
    ($mechanism eq 'XOAUTH2' ? (Authcallback => \&bearer) : ()),
    ($security eq 'implicit-tls' ? (Ssl => $tls) : ()),
    ($security eq 'starttls' ? (Starttls => $tls) : ()),
) or die "no connection: $@\n";

sub done { my ($result) = @_; die $imap->LastError, "\n" unless defined $result; return $result }

print join(',', sort @{done(scalar $imap->folders)}), "\n";
done($imap->select('INBOX'));
print join(',', map { $imap->subject($_) } @{done(scalar $imap->messages)}), "\n";
my $uid = done($imap->append_string('INBOX', "Subject: from Perl\r\n\r\nx\r\n", '\Flagged'));
print join(',', @{done(scalar $imap->search('FLAGGED'))}), "\n";
print $imap->body_string($uid);
done($imap->see(1));
done($imap->copy("${prefix}Archive", 1));
done($imap->move("${prefix}Trash", 2));
done($imap->expunge);
print done($imap->message_count("${prefix}Archive")), "\n";
done($imap->create("${prefix}Projects"));
done($imap->rename("${prefix}Projects", "${prefix}Plans"));
done($imap->close);
done($imap->logout);

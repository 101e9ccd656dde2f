#!/usr/bin/perl
# A mailbox check by Mail::IMAPClient and Net::SMTP. Both return false when something fails:
# Mail::IMAPClient keeps a text, Net::SMTP the code and text of the last reply, or $@ where there is
# no object to ask.
use strict;
use warnings;
use Encode qw(decode encode_utf8);
use FindBin;
use IO::Socket::SSL;
use JSON::PP;
use Mail::IMAPClient;
use Net::Cmd;
use Net::SMTP;

my $WORDS = words("$FindBin::Bin/../shared/words.json");
my %NOT_THE_PASSWORD = map { $_ => 1 } 502, 503, 504, 530, 538, 550, 554;

$| = 1;
while ( my $line = <STDIN> ) {
    my $settings = decode_json($line);
    my $answer = eval { check_imap($settings); check_smtp($settings); { error => 'connected' } } || $@;
    $answer = { error => 'unclassified', message => $answer } unless ref $answer;
    print encode_json( { %$answer, check => $settings->{check} } ), "\n";
}

sub check_imap {
    my ($settings) = @_;
    my $imap = imap_connected($settings);
    $imap->User( $settings->{username} // $settings->{email} );
    $imap->Password( encode_utf8( $settings->{password} ) );
    $imap->login or failed( imap_login_error( $imap->LastError ), $imap->LastError );
    $imap->select('INBOX') or failed( 'imap-confirmation-error', $imap->LastError );
    $imap->logout;
    return;
}

sub imap_connected {
    my ($settings) = @_;
    my $server = $settings->{imap};
    my $imap   = Mail::IMAPClient->new( Timeout => $settings->{timeout_s} );
    my $tls    = [ tls($settings), SSL_hostname => $server->{host}, SSL_verifycn_name => $server->{host} ];
    $imap->connect(
        Server     => $server->{host},
        Port       => $server->{port},
        Socketargs => [ source_address($server) ],
        Ssl        => $server->{security} eq 'implicit-tls' && $tls,
        Starttls   => $server->{security} eq 'starttls' && [ @$tls, Timeout => $settings->{timeout_s} ],
    ) or failed( imap_connect_error( $imap->LastError ), $imap->LastError );
    return $imap;
}

sub imap_connect_error {
    my ($text) = @_;
    return 'unauthorized-untrusted-certificate' if untrusted($text);
    return $text =~ /^\* (BYE|NO)\b/ ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

# Net::SMTP has no time-out for what it reads over TLS, so the clock is ours.
sub check_smtp {
    my ($settings) = @_;
    my $to = $settings->{bcc_address} // $settings->{email};
    my $smtp = in_time( $settings, sub { smtp_connected($settings) } )
      || failed( untrusted($@) ? 'unauthorized-untrusted-certificate' : 'smtp-settings-incorrect', $@ );
    my @login = ( $settings->{username} // $settings->{email}, encode_utf8( $settings->{password} ) );
    in_time( $settings, sub { $smtp->auth(@login) } )
      || failed( smtp_login_error($smtp), reply($smtp) );
    in_time( $settings, sub { $smtp->mail( $settings->{email} ) && $smtp->to($to) && $smtp->data( test_email( $settings, $to ) ) } )
      || failed( 'test-email-failed', reply($smtp) );
    in_time( $settings, sub { $smtp->quit } );
    return;
}

sub smtp_connected {
    my ($settings) = @_;
    my $server = $settings->{smtp};
    my $smtp   = Net::SMTP->new(
        $server->{host},
        Port    => $server->{port},
        Timeout => $settings->{timeout_s},
        SSL     => $server->{security} eq 'implicit-tls',
        source_address($server),
        tls($settings),
    ) or return;
    return $smtp if $server->{security} ne 'starttls' || $smtp->starttls;
    $@ = reply($smtp) if $smtp->status != CMD_OK;
    return;
}

sub in_time {
    my ( $settings, $step ) = @_;
    local $SIG{ALRM} = sub { die "timed out\n" };
    alarm( 1 + $settings->{timeout_s} );
    my $result = eval { $step->() };
    alarm 0;
    return $result;
}

sub tls {
    my ($settings) = @_;
    return ( SSL_verify_mode => SSL_VERIFY_NONE ) if $settings->{allow_insecure_certificates};
    return $settings->{ca_file} ? ( SSL_ca_file => $settings->{ca_file} ) : ();
}

sub source_address {
    my ($server) = @_;
    return $server->{source_address} ? ( LocalAddr => $server->{source_address} ) : ();
}

sub untrusted { return $_[0] =~ /certificate verify failed|hostname verification failed/ }

sub reply {
    my ($smtp) = @_;
    return join ' ', $smtp->code, $smtp->message;
}

sub test_email {
    my ( $settings, $to ) = @_;
    return "From: $settings->{email}\nTo: $to\nSubject: Test e-mail\n\nThis is a test e-mail.\n";
}

sub imap_login_error {
    my ($text) = @_;
    return 'unauthorized-app-password-required' if has( 'app_password', $text );
    return 'unauthorized' if has( 'credentials', $text ) && !has( 'not_credentials', $text );
    return 'imap-authentication-error';
}

sub smtp_login_error {
    my ($smtp) = @_;
    return 'unauthorized-app-password-required' if has( 'app_password', reply($smtp) );
    my $code = $smtp->code;
    return $code >= 500 && !$NOT_THE_PASSWORD{$code} ? 'unauthorized' : 'smtp-settings-incorrect';
}

sub has {
    my ( $kind, $text ) = @_;
    my $lower = lc decode( 'UTF-8', $text );
    return scalar grep { index( $lower, $_ ) >= 0 } @{ $WORDS->{$kind} };
}

sub failed {
    my ( $error, $native ) = @_;
    die { error => $error, message => decode( 'UTF-8', $native ) };
}

sub words {
    my ($file) = @_;
    open my $words, '<', $file or die "$file: $!";
    local $/ = undef;
    return decode_json(<$words>);
}

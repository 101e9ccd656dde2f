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
use POSIX qw(strftime);

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
    my $done = eval { log_in_and_select( $imap, $settings ); 1 };
    my $why  = $@;
    $imap->logout if $imap->IsConnected;
    die $why if !$done;
    return;
}

sub log_in_and_select {
    my ( $imap, $settings ) = @_;
    $imap->User( $settings->{username} // $settings->{email} );
    $imap->Password( encode_utf8( $settings->{password} ) );
    $imap->login or failed( imap_login_error( $imap->LastError ), $imap->LastError );
    $imap->select('INBOX') or failed( 'imap-confirmation-error', $imap->LastError );
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
    my $smtp = in_time( $settings, sub { smtp_connected($settings) } )
      || failed( untrusted($@) ? 'unauthorized-untrusted-certificate' : 'smtp-settings-incorrect', $@ );
    my $done = eval { log_in_and_send( $smtp, $settings ); 1 };
    my $why  = $@;
    in_time( $settings, sub { $smtp->quit } );
    die $why if !$done;
    return;
}

sub log_in_and_send {
    my ( $smtp, $settings ) = @_;
    my @login = ( $settings->{username} // $settings->{email}, encode_utf8( $settings->{password} ) );
    in_time( $settings, sub { $smtp->auth(@login) } )
      || failed( smtp_login_error($smtp), reply($smtp) );
    in_time( $settings, sub { send_test_email( $smtp, $settings ) } )
      || failed( 'test-email-failed', reply($smtp) );
    return;
}

sub send_test_email {
    my ( $smtp, $settings ) = @_;
    my ( $from, $to ) = ( $settings->{email}, $settings->{bcc_address} // $settings->{email} );
    my $date    = strftime( '%a, %d %b %Y %H:%M:%S %z', localtime );
    my $message = "From: $from\nTo: $to\nDate: $date\nSubject: Test e-mail\n\nThis is a test e-mail.\n";
    return $smtp->mail($from) && $smtp->to($to) && $smtp->data($message);
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
    ) or die "$@\n";
    return $smtp if $server->{security} ne 'starttls' || $smtp->starttls;
    die $smtp->status == CMD_OK ? "$@\n" : reply($smtp);
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

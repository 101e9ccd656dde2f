<?php
// A mailbox check by PHP's imap extension (the c-client library) and PHPMailer's SMTP class. The
// one leaves texts in imap_errors(), the other an array with code and texts in getError().

declare(strict_types=1);

require '/usr/share/php/libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\SMTP;

const NO_CONNECTION = "~^(Can't connect to|Connection failed to|No such host as|TLS/SSL failure for|\\[CLOSED\\])|Unable to negotiate TLS~";
const LOGIN_REFUSED = '~Can not authenticate to IMAP server|Too many login failures|Server disables LOGIN~';
const NOT_THE_PASSWORD = [502, 503, 504, 530, 538, 550, 554];
define('WORDS', json_decode(file_get_contents(__DIR__ . '/../shared/words.json'), true));

class Failed extends Exception
{
    public function __construct(public readonly string $error, string $native)
    {
        parent::__construct($native);
    }
}

while (($line = fgets(STDIN)) !== false) {
    $settings = json_decode($line, true);
    $answer = ['check' => $settings['check'], 'error' => 'connected'];
    try {
        check_imap($settings);
        check_smtp($settings);
    } catch (Failed $failed) {
        $answer['error'] = $failed->error;
        $answer['message'] = $failed->getMessage();
    }
    echo json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}

// Connects and logs in with one call, so that only the texts say what has failed; the selecting,
// which OP_HALFOPEN leaves to imap_reopen, "succeeds" even where the server refused it.
function check_imap(array $settings): void
{
    foreach ([IMAP_OPENTIMEOUT, IMAP_READTIMEOUT, IMAP_WRITETIMEOUT, IMAP_CLOSETIMEOUT] as $which) {
        imap_timeout($which, max(1, (int) ceil($settings['timeout_s'])));
    }
    imap_texts();
    $login = $settings['username'] ?? $settings['email'];
    // With CRAM-MD5 besides, it would try a refused password a second time.
    $options = ['DISABLE_AUTHENTICATOR' => 'CRAM-MD5'];
    $imap = @imap_open(mailbox($settings), $login, $settings['password'], OP_HALFOPEN, 1, $options);
    if ($imap === false) {
        $text = imap_texts();
        throw new Failed(imap_open_error($text), $text);
    }
    select_inbox($imap, mailbox($settings) . 'INBOX');
}

function select_inbox(IMAP\Connection $imap, string $inbox): void
{
    imap_texts();
    $open = @imap_reopen($imap, $inbox, 0, 1);
    $text = imap_texts();
    if ($open) {
        imap_close($imap);
    }
    if (!$open || $text !== '') {
        throw new Failed('imap-confirmation-error', $text);
    }
}

function mailbox(array $settings): string
{
    $server = $settings['imap'];
    $security = ['implicit-tls' => '/ssl', 'starttls' => '/tls', 'cleartext' => '/notls'][$server['security']];
    $trust = $settings['allow_insecure_certificates'] ? '/novalidate-cert' : '';
    return "{{$server['host']}:{$server['port']}/imap{$security}{$trust}}";
}

function imap_texts(): string
{
    return implode('; ', array_merge(imap_errors() ?: [], imap_alerts() ?: []));
}

function imap_open_error(string $text): string
{
    if (str_starts_with($text, 'Certificate failure for ')) {
        return 'unauthorized-untrusted-certificate';
    }
    if ($text === '' || preg_match(NO_CONNECTION, $text)) {
        return 'imap-settings-incorrect';
    }
    // What is not about the log-in are the words of a server that refuses in its greeting.
    return preg_match(LOGIN_REFUSED, $text) ? imap_login_error($text) : 'imap-confirmation-error';
}

function imap_login_error(string $text): string
{
    if (has('app_password', $text)) {
        return 'unauthorized-app-password-required';
    }
    return has('credentials', $text) && !has('not_credentials', $text) ? 'unauthorized' : 'imap-authentication-error';
}

// Why a handshake has failed, PHPMailer tells its debug output alone.
function check_smtp(array $settings): void
{
    $told = '';
    $smtp = new SMTP();
    $smtp->Timeout = $smtp->Timelimit = max(1, (int) ceil($settings['timeout_s']));
    $smtp->do_debug = SMTP::DEBUG_CONNECTION;
    $smtp->Debugoutput = function (string $line) use (&$told): void {
        $told .= str_starts_with($line, 'Connection failed') ? $line : '';
    };
    try {
        if (!smtp_connect($smtp, $settings)) {
            $untrusted = preg_match('/certificate verify failed|did not match expected/', $told);
            throw new Failed($untrusted ? 'unauthorized-untrusted-certificate' : 'smtp-settings-incorrect', smtp_text($smtp) . $told);
        }
        send_test_email($smtp, $settings);
    } finally {
        if ($smtp->connected()) {
            $smtp->quit();
        }
    }
}

function smtp_connect(SMTP $smtp, array $settings): bool
{
    $server = $settings['smtp'];
    $prefix = $server['security'] === 'implicit-tls' ? 'ssl://' : '';
    $options = ['ssl' => tls($settings), 'socket' => source_address($server)];
    return $smtp->connect($prefix . $server['host'], $server['port'], $smtp->Timeout, $options)
        && $smtp->hello('localhost')
        && ($server['security'] !== 'starttls' || ($smtp->startTLS() && $smtp->hello('localhost')));
}

function send_test_email(SMTP $smtp, array $settings): void
{
    if (!$smtp->authenticate($settings['username'] ?? $settings['email'], $settings['password'])) {
        throw new Failed(smtp_login_error($smtp), smtp_text($smtp));
    }
    $to = $settings['bcc_address'] ?? $settings['email'];
    if (!($smtp->mail($settings['email']) && $smtp->recipient($to) && $smtp->data(test_email($settings['email'], $to)))) {
        throw new Failed('test-email-failed', smtp_text($smtp));
    }
}

function tls(array $settings): array
{
    if ($settings['allow_insecure_certificates']) {
        return ['verify_peer' => false, 'verify_peer_name' => false];
    }
    return $settings['ca_file'] === null ? [] : ['cafile' => $settings['ca_file']];
}

function source_address(array $server): array
{
    return $server['source_address'] === null ? [] : ['bindto' => $server['source_address'] . ':0'];
}

function test_email(string $from, string $to): string
{
    return "From: $from\r\nTo: $to\r\nDate: " . date('r') . "\r\nSubject: Test e-mail\r\n\r\nThis is a test e-mail.\r\n";
}

function smtp_login_error(SMTP $smtp): string
{
    if (has('app_password', smtp_text($smtp))) {
        return 'unauthorized-app-password-required';
    }
    $code = (int) $smtp->getError()['smtp_code'];
    return $code >= 500 && !in_array($code, NOT_THE_PASSWORD, true) ? 'unauthorized' : 'smtp-settings-incorrect';
}

function smtp_text(SMTP $smtp): string
{
    return implode(' ', array_filter($smtp->getError()));
}

function has(string $kind, string $text): bool
{
    $lower = strtolower($text);
    return (bool) array_filter(WORDS[$kind], fn (string $word): bool => str_contains($lower, $word));
}
